import { describe, expect, it } from '@jest/globals';
import { services } from '@nestfleet/contracts';
import { readCompose } from './compose-file.ts';
import { composeFindings } from './compose-services.ts';
import type { TableRow } from './services-table.ts';
import { BASE, type Balancer, overlay } from './topologies.ts';

const rows: readonly TableRow[] = [
  { ...services.api, name: 'api', needs: ['redis'] },
  { ...services['frontend-gateway'], name: 'edge', needs: [], ports: { http: 8080 } },
];
const tag = '${NESTFLEET_TAG:-dev}';
const waits = (...names: readonly string[]): string =>
  `{ ${names.map((name) => `${name}: { condition: service_healthy }`).join(', ')} }`;

/** Two services behind each kind of edge proxy, and what is added to them. */
const files: Readonly<Record<string, string>> = {
  [BASE]: `services:
  api:
    image: nestfleet/api:${tag}
    build: { args: { APP: api } }
    depends_on: ${waits('redis')}
    environment: { PORT: 3000, RPC_PORT: 3100 }
  edge:
    image: nestfleet/edge:${tag}
    build: { args: { APP: edge } }
    environment: { PORT: 8080 }`,
  [overlay('gateway')]: `services: { edge: { depends_on: ${waits('api')} } }`,
  [overlay('haproxy')]: `services: { edge-proxy: { depends_on: ${waits('api', 'edge')} } }`,
  [overlay('traefik-consul')]: `services:
  edge-proxy: { depends_on: ${waits('api', 'edge')} }
  api: { environment: { DOMAIN: '\${DOMAIN:-localhost}' } }
  edge: { environment: { DOMAIN: '\${DOMAIN:-localhost}' } }`,
  [overlay('dev')]: `services:
  api:
    image: nestfleet/api:${tag}-watch
    command: [sh, -c, '…', apps/api]
    develop: { watch: [{ path: ../libs }, { path: ../apps/api/src }] }
  edge:
    image: nestfleet/edge:${tag}-watch
    command: [sh, -c, '…', apps/edge]
    develop: { watch: [{ path: ../apps/edge/src }] }`,
  [overlay('quickstart')]: `
x-made: &made { secrets: { condition: service_completed_successfully } }
services:
  api: { depends_on: *made, volumes: ['secrets:/run/secrets:ro'] }
  edge: { depends_on: *made, volumes: ['secrets:/run/secrets:ro'] }`,
};

function faults(balancer: Balancer, addition: string | undefined, from: string, to: string): string[] {
  const topology = [BASE, overlay(balancer), ...(addition === undefined ? [] : [overlay(addition)])];
  const compose = readCompose((file) => (files[file] ?? '').replace(from, to), topology);
  return composeFindings({ balancer, files: topology, compose }, rows).map(({ message }) => message);
}

describe('composeFindings', () => {
  it.each<[Balancer, string | undefined]>([
    ['gateway', undefined],
    ['haproxy', undefined],
    ['traefik-consul', undefined],
    ['haproxy', 'dev'],
    ['gateway', 'quickstart'],
  ])('finds nothing where all is as in the table: %s %s', (balancer, addition) => {
    expect(faults(balancer, addition, '', '')).toEqual([]);
  });

  it.each<[Balancer, string | undefined, string, string, string]>([
    ['haproxy', undefined, 'image: nestfleet/api:', 'image: other/api:', `api has image other/api:${tag}, expected`],
    ['haproxy', undefined, '  api:', '  other:', 'api is missing'],
    [
      'haproxy',
      undefined,
      '  edge:',
      '  old:\n    image: nestfleet/old\n  edge:',
      'old has the image nestfleet/old, which',
    ],
    ['haproxy', undefined, 'APP: api', 'APP: edge', 'api has build argument APP edge, expected api'],
    ['haproxy', undefined, 'PORT: 8080', 'PORT: 80', 'edge has PORT 80, expected 8080'],
    ['haproxy', undefined, ', RPC_PORT: 3100', '', 'api has RPC_PORT not set, expected 3100'],
    ['haproxy', undefined, 'PORT: 8080', 'PORT: 8080, RPC_PORT: 1', 'edge has RPC_PORT 1, expected none'],
    [
      'haproxy',
      undefined,
      'redis: { condition: service_healthy',
      'redis: { condition: service_started',
      'api has depends_on redis service_started, expected service_healthy',
    ],
    ['haproxy', undefined, 'redis:', 'consul:', 'api has depends_on redis not set, expected service_healthy'],
    ['haproxy', undefined, 'redis:', 'consul:', 'api has depends_on consul service_healthy, expected none'],
    [
      'haproxy',
      undefined,
      ', edge: { condition: service_healthy }',
      '',
      'edge-proxy has depends_on edge not set, expected',
    ],
    ['gateway', undefined, `depends_on: ${waits('api')}`, '', 'edge has depends_on api not set, expected'],
    ['traefik-consul', undefined, "DOMAIN: '${DOMAIN:-localhost}'", '', 'api has DOMAIN not set, expected'],
    ['haproxy', 'dev', '-watch', '', `api has image nestfleet/api:${tag}, expected nestfleet/api:${tag}-watch`],
    [
      'haproxy',
      'dev',
      'apps/edge]',
      'apps/api]',
      'edge has as the last word of its command apps/api, expected apps/edge',
    ],
    ['haproxy', 'dev', '../apps/edge/src', '../libs', 'edge has in watch not set, expected ../apps/edge/src'],
    ['gateway', 'quickstart', 'depends_on: *made, ', '', 'api has depends_on secrets not set, expected'],
    ['gateway', 'quickstart', "'secrets:/run", "'other:/run", 'api has in volumes other:/run/secrets:ro, expected'],
  ])('finds it, %s %s: "%s" → "%s"', (balancer, addition, from, to, message) => {
    expect(faults(balancer, addition, from, to)).toContainEqual(expect.stringContaining(message));
  });
});
