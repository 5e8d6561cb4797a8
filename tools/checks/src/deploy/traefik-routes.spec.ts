import { describe, expect, it } from '@jest/globals';
import { routedServices } from '@nestfleet/contracts';
import { traefikTags } from '@nestfleet/discovery';
import { linesOf, routingFaults, type Source } from './traefik-routes.ts';

const pairs = (tags: readonly string[]): [string, string][] =>
  tags.map((tag) => [tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1)]);
const source = (from: string, ...lines: readonly string[]): Source => ({
  from,
  lines: pairs(lines.map((line) => `traefik.http.${line}`)),
});
/** The longest first, as the table has them. */
const PREFIXES = ['/billing/reports', '/billing', '/api'];
const files = source(
  'files',
  'serverstransports.once.maxidleconnsperhost=-1',
  'middlewares.retry-connect-failure.retry.attempts=2',
  'middlewares.retry-idempotent.retry.attempts=2',
);
const router = (name: string, rule: string, service = name) => [
  `routers.${name}.rule=${rule}`,
  `routers.${name}.priority=1`,
  `routers.${name}.service=${service}`,
  `services.${service}.loadbalancer.server.port=1`,
];

describe('routingFaults', () => {
  it('finds nothing in the tags of all services together', () => {
    const all = routedServices.map((service) => ({
      from: service.name,
      lines: pairs(traefikTags(service, 'x.test')),
    }));
    expect(routingFaults(all, files, ['web'], PREFIXES, 'docker')).toEqual([]);
  });

  it('finds a router that two replicas define differently: Traefik drops it', () => {
    const old = source('api 1', ...router('a', 'Host(`x`)'));
    const next = source('api 2', ...router('a', 'Host(`y`)'));
    expect(routingFaults([old, old], files, [], [], 'docker')).toEqual([]);
    expect(routingFaults([old, next], files, [], [], 'docker')).toEqual([
      'routers.a is defined differently by api 1 and api 2: Traefik drops it',
    ]);
  });

  it('finds a line that is there twice', () => {
    const twice = source('api', ...router('a', 'Host(`x`)'), 'routers.a.rule=Host(`y`)');
    expect(routingFaults([twice], files, [], [], 'docker')).toEqual(['api: traefik.http.routers.a.rule is said twice']);
  });

  it.each([
    [['routers.a.rule=Host(`x`)'], ['no priority', 'no service']],
    [
      [...router('a', 'Host(`x`)'), 'routers.a.middlewares=m,n@file', 'routers.a.entrypoints=web,gone'],
      ['no middleware m', 'no middleware n@file', 'no entry point gone'],
    ],
    [[...router('a', 'Path(`/api`) || PathPrefix(`/api/`)')], ['no middleware that strips /api']],
    [
      [...router('a', 'PathPrefix(`/api`)'), 'routers.a.middlewares=s', 'middlewares.s.stripprefix.prefixes=/app'],
      ['no middleware that strips /api'],
    ],
    [
      [
        ...router('a', 'Path(`/billing/reports`)'),
        'routers.a.middlewares=s',
        'middlewares.s.stripprefix.prefixes=/billing',
      ],
      ['no middleware that strips /billing/reports'],
    ],
    [
      [
        ...router('a', 'PathPrefix(`/billing/reports/`)'),
        'routers.a.middlewares=s',
        'middlewares.s.stripprefix.prefixes=/billing/reports',
      ],
      [],
    ],
    [[...router('a', 'Host(`x`) && Path(`/api/visit`)')], []],
    [[...router('a', 'PathPrefix(`/apiary`)')], []],
    [
      [
        ...router('a', 'Host(`x`)'),
        'routers.a.middlewares=r,s',
        'middlewares.r.retry.attempts=2',
        'middlewares.s.addprefix.prefix=/x',
      ],
      ['a middleware after its retry, which would run once more'],
    ],
    [
      [
        ...router('a', 'Host(`x`)'),
        'routers.a.middlewares=retry-idempotent@file,s',
        'middlewares.s.addprefix.prefix=/x',
      ],
      ['a middleware after its retry, which would run once more'],
    ],
  ])('%j has %j', (lines, faults) => {
    expect(routingFaults([source('api', ...lines)], files, ['web'], PREFIXES, 'docker')).toEqual(
      faults.map((fault) => `api: routers.a has ${fault}`),
    );
  });

  it('finds a service of the provider that files name, and one that it does not have', () => {
    const health = source(
      'files',
      'routers.h.rule=Path(`/ping`)',
      'routers.h.priority=1',
      'routers.h.service=a@docker',
    );
    const fleet = source('api', ...router('a', 'Host(`x`)'));
    expect(routingFaults([fleet], health, [], [], 'docker')).toEqual([]);
    expect(routingFaults([fleet], health, [], [], 'consulcatalog')).toEqual([
      'files: routers.h has no service a@docker',
    ]);
  });

  it('leaves the prefix to the gateway in the routers of files', () => {
    const fallback = source('files', ...router('fallback-billing', 'Path(`/billing`) || PathPrefix(`/billing/`)'));
    expect(routingFaults([], fallback, [], PREFIXES, 'docker')).toEqual([]);
  });

  it('finds a transport that no file defines', () => {
    const lines = [...router('a', 'Host(`x`)'), 'services.a.loadbalancer.serverstransport=twice@file'];
    expect(routingFaults([source('api', ...lines)], files, [], [], 'docker')).toEqual([
      'api: services.a has no transport twice@file',
    ]);
  });
});

describe('linesOf', () => {
  it('writes a file of the file provider as labels', () => {
    const content = {
      http: {
        services: { a: { loadBalancer: { servers: [{ url: 'u' }] } } },
        routers: { r: { entryPoints: ['x', 'y'] } },
      },
    };
    expect(linesOf(content)).toEqual([
      ['traefik.http.services.a.loadBalancer.servers[0].url', 'u'],
      ['traefik.http.routers.r.entryPoints', 'x,y'],
    ]);
  });
});
