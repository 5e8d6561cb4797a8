import { describe, expect, it } from '@jest/globals';
import { declarationOf, SERVICE_NAMES, services as table } from '@nestfleet/contracts';
import { entryOf, type ServiceDefinition } from './service-definition.ts';
import { catalogTags, traefikTags } from './traefik-tags.ts';

const keyOf = (tag: string): string => tag.slice(0, tag.indexOf('='));
const valueOf = (tags: readonly string[], key: string): string | undefined =>
  tags.find((tag) => keyOf(tag) === `traefik.http.${key}`)?.slice(`traefik.http.${key}=`.length);

const services = SERVICE_NAMES.map(declarationOf).filter(({ ingress }) => ingress !== undefined);
const everyTag = services.flatMap((service) => traefikTags(service, 'fleet.test'));

/** Names of routers, middlewares and services, as `routers.api`. */
function namesIn(tags: readonly string[]): string[] {
  return [...new Set(tags.flatMap((tag) => /^traefik\.http\.(\w+\.[\w-]+)\./.exec(tag)?.[1] ?? []))];
}

describe('traefikTags', () => {
  // Every name that was ever deployed keeps its meaning: a change here needs a new name for what changed.
  it('says what was published, under the names that were published', () => {
    expect(traefikTags(table.api, 'localhost')).toEqual([
      'traefik.enable=true',
      'traefik.http.routers.api-visit-connect-failure.rule=Host(`app.localhost`) && (Path(`/api/visit`) || Path(`/api/visit/`))',
      'traefik.http.routers.api-visit-connect-failure.priority=72',
      'traefik.http.routers.api-visit-connect-failure.middlewares=api-visit-path,retry-connect-failure@file',
      'traefik.http.routers.api-visit-connect-failure.service=api-replicas-once',
      'traefik.http.routers.api-host-connect-failure.rule=(Host(`api.localhost`) || Host(`webserver.localhost`)) && (Path(`/`) || Path(`/set`) || Path(`/enqueue`))',
      'traefik.http.routers.api-host-connect-failure.priority=62',
      'traefik.http.routers.api-host-connect-failure.middlewares=retry-connect-failure@file',
      'traefik.http.routers.api-host-connect-failure.service=api-replicas-once',
      'traefik.http.routers.api-host-idempotent.rule=(Host(`api.localhost`) || Host(`webserver.localhost`)) && (Method(`GET`) || Method(`HEAD`)) && (Path(`/whoami`) || Path(`/session`) || PathRegexp(`^/counters/[^/]+$`) || Path(`/values`) || PathRegexp(`^/values/[^/]+$`) || Path(`/jobs`) || PathRegexp(`^/jobs/[^/]+$`) || Path(`/get`) || PathRegexp(`^/diagnostics/[^/]+$`) || Path(`/docs`) || PathRegexp(`^/docs/[^/]+$`) || Path(`/openapi.json`) || Path(`/livez`) || Path(`/startupz`) || Path(`/readyz`) || Path(`/healthz`))',
      'traefik.http.routers.api-host-idempotent.priority=61',
      'traefik.http.routers.api-host-idempotent.middlewares=retry-idempotent@file,retry-connect-failure@file',
      'traefik.http.routers.api-host-idempotent.service=api-replicas-idempotent',
      'traefik.http.routers.api-host-other.rule=Host(`api.localhost`) || Host(`webserver.localhost`)',
      'traefik.http.routers.api-host-other.priority=60',
      'traefik.http.routers.api-host-other.middlewares=retry-connect-failure@file',
      'traefik.http.routers.api-host-other.service=api-replicas',
      'traefik.http.routers.api-prefix-connect-failure.rule=Path(`/api`) || Path(`/api/`) || Path(`/api/set`) || Path(`/api/enqueue`)',
      'traefik.http.routers.api-prefix-connect-failure.priority=32',
      'traefik.http.routers.api-prefix-connect-failure.middlewares=api-strip,retry-connect-failure@file',
      'traefik.http.routers.api-prefix-connect-failure.service=api-replicas-once',
      'traefik.http.routers.api-prefix-idempotent.rule=(Method(`GET`) || Method(`HEAD`)) && (Path(`/api/whoami`) || Path(`/api/session`) || PathRegexp(`^/api/counters/[^/]+$`) || Path(`/api/values`) || PathRegexp(`^/api/values/[^/]+$`) || Path(`/api/jobs`) || PathRegexp(`^/api/jobs/[^/]+$`) || Path(`/api/get`) || PathRegexp(`^/api/diagnostics/[^/]+$`) || Path(`/api/docs`) || PathRegexp(`^/api/docs/[^/]+$`) || Path(`/api/openapi.json`) || Path(`/api/livez`) || Path(`/api/startupz`) || Path(`/api/readyz`) || Path(`/api/healthz`))',
      'traefik.http.routers.api-prefix-idempotent.priority=31',
      'traefik.http.routers.api-prefix-idempotent.middlewares=api-strip,retry-idempotent@file,retry-connect-failure@file',
      'traefik.http.routers.api-prefix-idempotent.service=api-replicas-idempotent',
      'traefik.http.routers.api-prefix-other.rule=Path(`/api`) || PathPrefix(`/api/`)',
      'traefik.http.routers.api-prefix-other.priority=30',
      'traefik.http.routers.api-prefix-other.middlewares=api-strip,retry-connect-failure@file',
      'traefik.http.routers.api-prefix-other.service=api-replicas',
      'traefik.http.routers.api-lines-connect-failure.rule=Path(`/set`) || Path(`/enqueue`)',
      'traefik.http.routers.api-lines-connect-failure.priority=32',
      'traefik.http.routers.api-lines-connect-failure.middlewares=retry-connect-failure@file',
      'traefik.http.routers.api-lines-connect-failure.service=api-replicas-once',
      'traefik.http.routers.api-lines-idempotent.rule=(Method(`GET`) || Method(`HEAD`)) && Path(`/get`)',
      'traefik.http.routers.api-lines-idempotent.priority=31',
      'traefik.http.routers.api-lines-idempotent.middlewares=retry-idempotent@file,retry-connect-failure@file',
      'traefik.http.routers.api-lines-idempotent.service=api-replicas-idempotent',
      'traefik.http.routers.api-lines-other.rule=Path(`/get`)',
      'traefik.http.routers.api-lines-other.priority=30',
      'traefik.http.routers.api-lines-other.middlewares=retry-connect-failure@file',
      'traefik.http.routers.api-lines-other.service=api-replicas',
      'traefik.http.middlewares.api-visit-path.replacepath.path=/',
      'traefik.http.middlewares.api-strip.stripprefix.prefixes=/api',
      'traefik.http.services.api-replicas.loadbalancer.strategy=p2c',
      'traefik.http.services.api-replicas.loadbalancer.healthcheck.path=/readyz',
      'traefik.http.services.api-replicas.loadbalancer.healthcheck.interval=1000ms',
      'traefik.http.services.api-replicas.loadbalancer.healthcheck.timeout=800ms',
      'traefik.http.services.api-replicas.loadbalancer.healthcheck.followredirects=false',
      'traefik.http.services.api-replicas.loadbalancer.responseforwarding.flushinterval=-1ms',
      'traefik.http.services.api-replicas-once.loadbalancer.strategy=p2c',
      'traefik.http.services.api-replicas-once.loadbalancer.healthcheck.path=/readyz',
      'traefik.http.services.api-replicas-once.loadbalancer.healthcheck.interval=1000ms',
      'traefik.http.services.api-replicas-once.loadbalancer.healthcheck.timeout=800ms',
      'traefik.http.services.api-replicas-once.loadbalancer.healthcheck.followredirects=false',
      'traefik.http.services.api-replicas-once.loadbalancer.responseforwarding.flushinterval=-1ms',
      'traefik.http.services.api-replicas-once.loadbalancer.serverstransport=once@file',
      'traefik.http.services.api-replicas-idempotent.loadbalancer.strategy=p2c',
      'traefik.http.services.api-replicas-idempotent.loadbalancer.healthcheck.path=/readyz',
      'traefik.http.services.api-replicas-idempotent.loadbalancer.healthcheck.interval=1000ms',
      'traefik.http.services.api-replicas-idempotent.loadbalancer.healthcheck.timeout=800ms',
      'traefik.http.services.api-replicas-idempotent.loadbalancer.healthcheck.followredirects=false',
    ]);
    expect(traefikTags(table['frontend-gateway'], 'localhost')).toEqual([
      'traefik.enable=true',
      'traefik.http.routers.gateway-host-idempotent.rule=Host(`app.localhost`) && (Method(`GET`) || Method(`HEAD`)) && (Path(`/whoami`) || Path(`/topology`) || Path(`/docs`) || PathRegexp(`^/docs/[^/]+$`) || Path(`/openapi.json`) || Path(`/livez`) || Path(`/startupz`) || Path(`/readyz`) || Path(`/healthz`))',
      'traefik.http.routers.gateway-host-idempotent.priority=21',
      'traefik.http.routers.gateway-host-idempotent.middlewares=retry-idempotent@file,retry-connect-failure@file',
      'traefik.http.routers.gateway-host-idempotent.service=gateway-replicas-idempotent',
      'traefik.http.routers.gateway-host-other.rule=Host(`app.localhost`)',
      'traefik.http.routers.gateway-host-other.priority=20',
      'traefik.http.routers.gateway-host-other.middlewares=retry-connect-failure@file',
      'traefik.http.routers.gateway-host-other.service=gateway-replicas',
      'traefik.http.routers.gateway-rest-idempotent.rule=(Method(`GET`) || Method(`HEAD`)) && (Path(`/whoami`) || Path(`/topology`) || Path(`/docs`) || PathRegexp(`^/docs/[^/]+$`) || Path(`/openapi.json`) || Path(`/livez`) || Path(`/startupz`) || Path(`/readyz`) || Path(`/healthz`))',
      'traefik.http.routers.gateway-rest-idempotent.priority=11',
      'traefik.http.routers.gateway-rest-idempotent.middlewares=retry-idempotent@file,retry-connect-failure@file',
      'traefik.http.routers.gateway-rest-idempotent.service=gateway-replicas-idempotent',
      'traefik.http.routers.gateway-rest-other.rule=PathPrefix(`/`)',
      'traefik.http.routers.gateway-rest-other.priority=10',
      'traefik.http.routers.gateway-rest-other.middlewares=retry-connect-failure@file',
      'traefik.http.routers.gateway-rest-other.service=gateway-replicas',
      'traefik.http.services.gateway-replicas.loadbalancer.strategy=p2c',
      'traefik.http.services.gateway-replicas.loadbalancer.healthcheck.path=/readyz',
      'traefik.http.services.gateway-replicas.loadbalancer.healthcheck.interval=1000ms',
      'traefik.http.services.gateway-replicas.loadbalancer.healthcheck.timeout=800ms',
      'traefik.http.services.gateway-replicas.loadbalancer.healthcheck.followredirects=false',
      'traefik.http.services.gateway-replicas.loadbalancer.responseforwarding.flushinterval=-1ms',
      'traefik.http.services.gateway-replicas-idempotent.loadbalancer.strategy=p2c',
      'traefik.http.services.gateway-replicas-idempotent.loadbalancer.healthcheck.path=/readyz',
      'traefik.http.services.gateway-replicas-idempotent.loadbalancer.healthcheck.interval=1000ms',
      'traefik.http.services.gateway-replicas-idempotent.loadbalancer.healthcheck.timeout=800ms',
      'traefik.http.services.gateway-replicas-idempotent.loadbalancer.healthcheck.followredirects=false',
    ]);
  });

  it('of a service without hosts, paths and GETs that change something is its prefix alone', () => {
    const routes = [
      { method: 'POST', path: '/invoices', retryPolicy: 'idempotent-with-idempotency-key' },
      { method: 'GET', path: '/invoices/*', retryPolicy: 'idempotent' },
    ];
    const plain = { shortName: 'billing', routes, ingress: { hosts: [], prefix: '/billing', paths: [] } };
    const tags = traefikTags(plain, 'fleet.test');
    expect(namesIn(tags)).toEqual([
      'routers.billing-prefix-idempotent',
      'routers.billing-prefix-other',
      'middlewares.billing-strip',
      'services.billing-replicas',
      'services.billing-replicas-idempotent',
    ]);
    expect(valueOf(tags, 'routers.billing-prefix-other.rule')).toBe('Path(`/billing`) || PathPrefix(`/billing/`)');
    const counting = [...routes, { method: 'GET', path: '/next/*', retryPolicy: 'connect-failure' }];
    const counted = traefikTags({ ...plain, routes: counting }, 'fleet.test');
    expect(valueOf(counted, 'routers.billing-prefix-connect-failure.rule')).toBe('PathRegexp(`^/billing/next/[^/]+$`)');
    expect(valueOf(counted, 'routers.billing-prefix-connect-failure.service')).toBe('billing-replicas-once');
  });

  it('gives each request to the longest prefix, and none that has the host name of a service', () => {
    const routes = [
      { method: 'GET', path: '/*', retryPolicy: 'connect-failure' },
      { method: 'GET', path: '/whoami', retryPolicy: 'idempotent' },
    ];
    const kinds = ['other', 'idempotent', 'connect-failure'];
    const priorities = ['/billing', '/billing/reports', '/billing/reports/old'].flatMap((prefix) => {
      const tags = traefikTags({ shortName: 'x', routes, ingress: { hosts: ['x'], prefix, paths: [] } }, 'fleet.test');
      expect(kinds.map((kind) => valueOf(tags, `routers.x-host-${kind}.priority`))).toEqual(['60', '61', '62']);
      return kinds.map((kind) => Number(valueOf(tags, `routers.x-prefix-${kind}.priority`)));
    });
    expect(priorities).toEqual([30, 31, 32, 40, 41, 42, 50, 51, 52]);
  });

  it.each([
    ['its own host names', ['page'], 'Host(`page.fleet.test`)'],
    ['none', [], undefined],
  ])('routes by retry policy also what the prefix / has, with %s', (_, hosts, host) => {
    const routes = [
      { method: 'GET', path: '/', retryPolicy: 'connect-failure' },
      { method: 'GET', path: '/next/*', retryPolicy: 'connect-failure' },
      { method: 'GET', path: '/whoami', retryPolicy: 'idempotent' },
      { method: 'PUT', path: '/whoami', retryPolicy: 'idempotent' },
    ];
    const tags = traefikTags({ shortName: 'page', routes, ingress: { hosts, prefix: '/', paths: [] } }, 'fleet.test');
    const rules = (location: string): unknown[] =>
      ['connect-failure', 'idempotent', 'other'].map((kind) => valueOf(tags, `routers.page-${location}-${kind}.rule`));
    const once = 'Path(`/`) || PathRegexp(`^/next/[^/]+$`)';
    const reads = '(Method(`GET`) || Method(`HEAD`)) && Path(`/whoami`)';
    expect(rules('rest')).toEqual([once, reads, 'PathPrefix(`/`)']);
    expect(rules('host')).toEqual(
      host ? [`${host} && (${once})`, `${host} && ${reads}`, host] : [undefined, undefined, undefined],
    );
    expect(valueOf(tags, 'routers.page-rest-connect-failure.service')).toBe('page-replicas-once');
    expect(valueOf(tags, 'services.page-replicas-once.loadbalancer.serverstransport')).toBe('once@file');
    expect(valueOf(tags, 'routers.page-rest-connect-failure.middlewares')).toBe('retry-connect-failure@file');
    expect(valueOf(tags, 'routers.page-rest-idempotent.middlewares')).toBe(
      'retry-idempotent@file,retry-connect-failure@file',
    );
    expect(valueOf(tags, 'routers.page-rest-other.middlewares')).toBe('retry-connect-failure@file');
  });

  it('sends no answer on byte by byte that may be retried: Traefik would begin it as a 200', () => {
    const flushed = everyTag.filter((tag) => tag.includes('.flushinterval='));
    expect(flushed.length).toBeGreaterThanOrEqual(3);
    expect(flushed.filter((tag) => tag.includes('-idempotent.') || !tag.endsWith('=-1ms'))).toEqual([]);
    const retrying = everyTag.filter((tag) => /-idempotent\.service=/.test(tag));
    expect(retrying.length).toBeGreaterThanOrEqual(5);
    expect(retrying.filter((tag) => !tag.endsWith('-replicas-idempotent'))).toEqual([]);
  });

  it('defines each thing once, and no name in two services', () => {
    for (const service of services) {
      const keys = traefikTags(service, 'fleet.test').map(keyOf);
      expect(keys).toEqual([...new Set(keys)]);
    }
    const names = services.flatMap((service) => namesIn(traefikTags(service, 'fleet.test')));
    expect(names).toEqual([...new Set(names)]);
    expect(names.length).toBeGreaterThan(12);
  });

  it('gives each router a rule, a priority, and a service and middlewares of its own service', () => {
    for (const service of services) {
      const tags = traefikTags(service, 'fleet.test');
      const names = namesIn(tags);
      for (const router of names.filter((name) => name.startsWith('routers.'))) {
        expect(valueOf(tags, `${router}.rule`)).toBeTruthy();
        expect(Number(valueOf(tags, `${router}.priority`))).toBeGreaterThan(0);
        expect(names).toContain(`services.${valueOf(tags, `${router}.service`)}`);
        const own = valueOf(tags, `${router}.middlewares`)
          ?.split(',')
          .filter((name) => !name.endsWith('@file'));
        expect(names).toEqual(expect.arrayContaining((own ?? []).map((name) => `middlewares.${name}`)));
      }
    }
  });

  it('retries after everything that changes the path', () => {
    const chains = everyTag.filter((tag) => keyOf(tag).endsWith('.middlewares')).map((tag) => tag.split('=')[1]);
    expect(chains.length).toBeGreaterThanOrEqual(9);
    expect(chains.filter((chain) => !/(^|,)retry-[\w-]+@file$/.test(chain ?? ''))).toEqual([]);
  });

  it('routes nothing to a service without an ingress', () => {
    expect(traefikTags(table.worker, 'localhost')).toEqual([]);
  });
});

/** The tags that one replica of the api would register with. */
function registered(replica: Pick<ServiceDefinition, 'slot' | 'epoch' | 'version' | 'address'>): readonly string[] {
  const tags = catalogTags(table.api, { BALANCER: ['traefik-consul'], DOMAIN: 'fleet.test' });
  const ports = { rpc: null, control: null, metrics: null };
  return entryOf({ service: 'api', instanceName: replica.slot, port: 3000, ports, tags, ...replica }).tags;
}

describe('the tags of a registration', () => {
  it('are the same over replicas and versions, and name no version', () => {
    const old = registered({ slot: 'a', epoch: 1, version: '1.0.0', address: '10.0.0.1' });
    const next = registered({ slot: 'b', epoch: 2, version: '7.7.7', address: '10.0.0.2' });
    expect(next).toEqual(old);
    expect(old).toEqual(traefikTags(table.api, 'fleet.test'));
    expect(next.join()).not.toContain('7.7.7');
  });

  it('are there only where Traefik reads the catalog', () => {
    const DOMAIN = 'fleet.test';
    expect(catalogTags(table.api, { BALANCER: ['haproxy', 'traefik'], DOMAIN })).toEqual([]);
    expect(catalogTags(table.api, { BALANCER: ['gateway', 'traefik-consul'], DOMAIN })).not.toEqual([]);
    expect(catalogTags(table.worker, { BALANCER: ['traefik-consul'], DOMAIN })).toEqual([]);
  });
});
