import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { serviceAccountAccess } from './access.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nestfleet-service-account-'));
  for (const name of ['token', 'ca.crt', 'namespace']) writeFileSync(join(dir, name), `${name} of the pod\n`);
});
afterEach(() => rmSync(dir, { recursive: true }));

it('shows what the kubelet has mounted', () => {
  const { access, namespace } = serviceAccountAccess({ serviceAccountDir: dir });
  expect(access.server.href).toBe('https://kubernetes.default.svc/');
  expect([access.token?.(), access.ca?.(), namespace]).toEqual([
    'token of the pod',
    'ca.crt of the pod',
    'namespace of the pod',
  ]);
});

it('sends no token over plain http, and needs no file there', () => {
  const server = 'http://127.0.0.1:8001';
  expect(serviceAccountAccess({ server, serviceAccountDir: dir }).access.token).toBeUndefined();
  expect(serviceAccountAccess({ server, serviceAccountDir: '/nowhere', namespace: 'shop' }).namespace).toBe('shop');
});

it.each([
  ['no address', { server: 'kubernetes' }, /API server "kubernetes" is not http/],
  ['an address of another kind', { server: 'ftp://a' }, /API server "ftp:\/\/a" is not http/],
  ['a query', { server: 'https://a?b' }, /is not http/],
  ['nothing mounted', { serviceAccountDir: '/nowhere' }, /namespace: .*ENOENT.*automountServiceAccountToken/],
  ['no token', { serviceAccountDir: '/nowhere', namespace: 'shop' }, /token: .*ENOENT/],
])('refuses %s', (_, settings, message) => {
  expect(() => serviceAccountAccess(settings)).toThrow(message);
});
