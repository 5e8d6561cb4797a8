import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parseObjects } from './objects.ts';
import { policyFindings } from './policies.ts';
import { sampleOverlay, sampleRows } from './sample-overlay.ts';

const component = `${import.meta.dirname}/../../../../deploy/kubernetes/components/network-policy/network-policy.yaml`;
const policies = readFileSync(component, 'utf8');
const pods = sampleOverlay
  .replaceAll('{ app: ', '{ app.kubernetes.io/name: ')
  .replaceAll('part-of: nestfleet', 'app.kubernetes.io/part-of: nestfleet');

const messagesOf = (overlay: string, text: string): string[] =>
  policyFindings(overlay, parseObjects(`${pods}---\n${text}`), sampleRows);

it('finds nothing where each port is open to those who need it', () =>
  expect(messagesOf('production', policies)).toEqual([]));

it.each([
  [
    'no policies',
    /kind: NetworkPolicy/g,
    'kind: ConfigMap',
    'api has the port http open to anybody, expected frontend-gateway',
  ],
  ['a pod that is closed', /- ports: \[\{ port: http \}\]/, '[]', 'frontend-gateway has the port http open to nobody'],
  [
    'an open control port',
    '- from: [{ podSelector: { matchLabels: { app.kubernetes.io/name: frontend-gateway } } }]\n      ports: [{ port: control }]',
    '- ports: [{ port: control }]',
    'api has the port control open to anybody, expected frontend-gateway',
  ],
  [
    'a port by its number',
    'ports: [{ port: http }, { port: rpc }]',
    'ports: [{ port: http }, { port: 3100, endPort: 9464 }]',
    'api has the port metrics open to frontend-gateway, namespace monitoring, expected',
  ],
  [
    'metrics for another namespace',
    'name: monitoring',
    'name: other',
    'api has the port metrics open to namespace other',
  ],
  ['a way out that is closed', 'policyTypes: [Ingress]', 'policyTypes: [Ingress, Egress]', 'nestfleet-deny is not of'],
])('finds %s', (_what, from, to, message) =>
  expect(messagesOf('production', policies.replace(from, to))).toContainEqual(expect.stringContaining(message)),
);

it('finds a controller of a Gateway that reaches nothing, and policies for development', () => {
  expect(messagesOf('production-gateway', policies)).toEqual([
    'api has the port http open to frontend-gateway, expected frontend-gateway, namespace traefik',
  ]);
  expect(messagesOf('dev', policies)).toContainEqual(expect.stringContaining('expected anybody'));
});
