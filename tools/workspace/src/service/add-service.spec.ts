import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Tree } from '@nx/devkit';
import { FsTree } from 'nx/src/generators/tree.js';
import { parse } from 'yaml';
import { addService as runAddService } from './add-service.ts';
import type { AddServiceOptions } from './options.ts';
import { COMPOSE_FILES } from './compose-files.ts';
import { removeService } from './remove-service.ts';
import { TABLE_FILE, takenIn } from './table.ts';

const root = resolve(import.meta.dirname, '../../../..');
const EDITED = [TABLE_FILE, 'package-lock.json', ...COMPOSE_FILES];

/** This repository, with changes that stay in memory. */
let tree: Tree;
const read = (file: string): string => tree.read(file, 'utf8') ?? '';
beforeEach(() => {
  tree = new FsTree(root, false);
});

/** Of a file that cannot be parsed only a warning tells. */
async function addService(options: AddServiceOptions): Promise<void> {
  const warn = jest.spyOn(console, 'warn').mockImplementation(() => undefined);
  await runAddService(tree, options);
  expect(warn).not.toHaveBeenCalled();
}

type Composed = Record<string, unknown>;
const service = (file: string, name: string): Composed =>
  (parse(read(`deploy/${file}`), { merge: true }) as { services: Record<string, Composed> }).services[name]!;

describe('addService', () => {
  it('declares the service in the table', async () => {
    await addService({ name: 'sample', route: '/sample', queue: 'invoice' });
    const before = takenIn(readFileSync(join(root, TABLE_FILE), 'utf8'));
    const { names, prefixes, ports } = takenIn(read(TABLE_FILE));
    expect(names).toEqual(expect.arrayContaining([...before.names, 'sample', 'gateway']));
    expect(prefixes).toEqual([...before.prefixes, '/sample']);
    expect(before.ports).not.toContain(ports.at(-1));
    expect(read(TABLE_FILE)).toContain("withIdempotencyKey('POST', '/invoices')");
  });

  it('makes a container in the base, which each edge proxy waits for', async () => {
    await addService({ name: 'sample-desk', queue: 'invoice' });
    expect(service('compose.yaml', 'sample-desk')).toMatchObject({
      image: 'nestfleet/sample-desk:${NESTFLEET_TAG:-dev}',
      environment: { STOP_GRACE_MS: 31_000 },
      stop_grace_period: '31s',
      secrets: ['control_token', 'redis_url'],
    });
    for (const balancer of ['gateway', 'haproxy', 'haproxy-consul', 'traefik', 'traefik-consul'])
      expect(service(`compose.${balancer}.yaml`, 'sample-desk')).toMatchObject({
        environment: { BALANCER: balancer },
      });
    expect(service('compose.haproxy.yaml', 'edge-proxy')).toMatchObject({
      environment: { SAMPLE_DESK_SLOTS: '${SAMPLE_DESK_SLOTS:-12}' },
      depends_on: { 'sample-desk': { condition: 'service_healthy' } },
    });
    expect(service('traefik/edge-proxy.yaml', 'edge-proxy')).toHaveProperty('depends_on.sample-desk');
  });

  it('without a queue needs no Redis', async () => {
    await addService({ name: 'sample' });
    expect(read('apps/sample/src/compose.ts')).not.toContain('Redis');
    expect(read('deploy/compose.yaml')).toMatch(/ {2}sample:\n(?: {4}.*\n)*? {4}depends_on: \{ consul: /);
    expect(tree.exists('apps/sample/src/whoami/whoami.controller.ts')).toBe(true);
  });

  it.each([{ name: 'sample', queue: 'invoice' }, { name: 'sample' }, { name: 'sample-desk', route: '/bills' }])(
    'leaves no trace of %j once it is removed',
    async (options) => {
      const before = EDITED.map(read);
      await addService(options);
      expect(EDITED.filter((file, at) => read(file) === before[at])).toEqual([]);
      await removeService(tree, options);
      for (const [at, file] of EDITED.entries()) expect(`${file}\n${read(file)}`).toBe(`${file}\n${before[at]}`);
      expect(tree.listChanges().filter(({ type }) => type === 'CREATE')).toEqual([]);
    },
  );

  it('removes one of two, and leaves the other', async () => {
    await addService({ name: 'sample' });
    await addService({ name: 'shop' });
    const [port, next] = takenIn(read(TABLE_FILE)).ports.slice(-2);
    expect(next).toBe(port! + 1);
    await removeService(tree, { name: 'sample' });
    expect(EDITED.filter((file) => !read(file).includes('shop') || read(file).includes('  sample:'))).toEqual([]);
  });
});

describe('removeService', () => {
  it.each([
    ['sample', 'there is no service sample'],
    ['api', 'api is named by other code'],
  ])('refuses %s', async (name, words) => {
    await expect(removeService(tree, { name })).rejects.toThrow(words);
  });
});
