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
      'traefik.http.routers.api-visit.rule=Host(`app.localhost`) && (Path(`/api/visit`) || Path(`/api/visit/`))',
      'traefik.http.routers.api-visit.priority=60',
      'traefik.http.routers.api-visit.middlewares=api-visit-path,api-retry',
      'traefik.http.routers.api-visit.service=api-once',
      'traefik.http.routers.api-host-once.rule=(Host(`api.localhost`) || Host(`webserver.localhost`)) && (Path(`/`) || Path(`/set`) || Path(`/enqueue`))',
      'traefik.http.routers.api-host-once.priority=50',
      'traefik.http.routers.api-host-once.middlewares=api-retry',
      'traefik.http.routers.api-host-once.service=api-once',
      'traefik.http.routers.api-host.rule=Host(`api.localhost`) || Host(`webserver.localhost`)',
      'traefik.http.routers.api-host.priority=40',
      'traefik.http.routers.api-host.middlewares=api-retry',
      'traefik.http.routers.api-host.service=api',
      'traefik.http.routers.api-prefix-once.rule=Path(`/api`) || Path(`/api/`) || Path(`/api/set`) || Path(`/api/enqueue`)',
      'traefik.http.routers.api-prefix-once.priority=35',
      'traefik.http.routers.api-prefix-once.middlewares=api-strip,api-retry',
      'traefik.http.routers.api-prefix-once.service=api-once',
      'traefik.http.routers.api-prefix.rule=PathPrefix(`/api/`)',
      'traefik.http.routers.api-prefix.priority=30',
      'traefik.http.routers.api-prefix.middlewares=api-strip,api-retry',
      'traefik.http.routers.api-prefix.service=api',
      'traefik.http.routers.api-lines-once.rule=Path(`/set`) || Path(`/enqueue`)',
      'traefik.http.routers.api-lines-once.priority=35',
      'traefik.http.routers.api-lines-once.middlewares=api-retry',
      'traefik.http.routers.api-lines-once.service=api-once',
      'traefik.http.routers.api-lines.rule=Path(`/get`)',
      'traefik.http.routers.api-lines.priority=30',
      'traefik.http.routers.api-lines.middlewares=api-retry',
      'traefik.http.routers.api-lines.service=api',
      'traefik.http.middlewares.api-visit-path.replacepath.path=/',
      'traefik.http.middlewares.api-strip.stripprefix.prefixes=/api',
      'traefik.http.middlewares.api-retry.retry.attempts=3',
      'traefik.http.middlewares.api-retry.retry.initialinterval=50ms',
      'traefik.http.services.api.loadbalancer.healthcheck.path=/readyz',
      'traefik.http.services.api.loadbalancer.healthcheck.interval=1000ms',
      'traefik.http.services.api.loadbalancer.healthcheck.timeout=800ms',
      'traefik.http.services.api.loadbalancer.healthcheck.followredirects=false',
      'traefik.http.services.api.loadbalancer.responseforwarding.flushinterval=1ms',
      'traefik.http.services.api-once.loadbalancer.healthcheck.path=/readyz',
      'traefik.http.services.api-once.loadbalancer.healthcheck.interval=1000ms',
      'traefik.http.services.api-once.loadbalancer.healthcheck.timeout=800ms',
      'traefik.http.services.api-once.loadbalancer.healthcheck.followredirects=false',
      'traefik.http.services.api-once.loadbalancer.responseforwarding.flushinterval=1ms',
      'traefik.http.services.api-once.loadbalancer.serverstransport=once@file',
    ]);
    expect(traefikTags(table['frontend-gateway'], 'localhost')).toEqual([
      'traefik.enable=true',
      'traefik.http.routers.gateway-host.rule=Host(`app.localhost`)',
      'traefik.http.routers.gateway-host.priority=20',
      'traefik.http.routers.gateway-host.middlewares=gateway-retry',
      'traefik.http.routers.gateway-host.service=gateway',
      'traefik.http.routers.gateway-rest.rule=PathPrefix(`/`)',
      'traefik.http.routers.gateway-rest.priority=10',
      'traefik.http.routers.gateway-rest.middlewares=gateway-retry',
      'traefik.http.routers.gateway-rest.service=gateway',
      'traefik.http.middlewares.gateway-retry.retry.attempts=3',
      'traefik.http.middlewares.gateway-retry.retry.initialinterval=50ms',
      'traefik.http.services.gateway.loadbalancer.healthcheck.path=/readyz',
      'traefik.http.services.gateway.loadbalancer.healthcheck.interval=1000ms',
      'traefik.http.services.gateway.loadbalancer.healthcheck.timeout=800ms',
      'traefik.http.services.gateway.loadbalancer.healthcheck.followredirects=false',
      'traefik.http.services.gateway.loadbalancer.responseforwarding.flushinterval=1ms',
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
      'routers.billing-prefix',
      'middlewares.billing-strip',
      'middlewares.billing-retry',
      'services.billing',
    ]);
    expect(valueOf(tags, 'routers.billing-prefix.rule')).toBe('Path(`/billing`) || PathPrefix(`/billing/`)');
    const counting = [...routes, { method: 'GET', path: '/next/*', retryPolicy: 'connect-failure' }];
    const counted = traefikTags({ ...plain, routes: counting }, 'fleet.test');
    expect(valueOf(counted, 'routers.billing-prefix-once.rule')).toBe('PathRegexp(`^/billing/next/[^/]+$`)');
    expect(valueOf(counted, 'routers.billing-prefix-once.service')).toBe('billing-once');
  });

  it('gives each request to the longest prefix, and none that has the host name of a service', () => {
    const routes = [{ method: 'GET', path: '/*', retryPolicy: 'connect-failure' }];
    const priorities = ['/billing', '/billing/reports', '/billing/reports/old'].flatMap((prefix) => {
      const tags = traefikTags({ shortName: 'x', routes, ingress: { hosts: ['x'], prefix, paths: [] } }, 'fleet.test');
      expect(Number(valueOf(tags, 'routers.x-host.priority'))).toBe(40);
      return ['prefix', 'prefix-once'].map((name) => Number(valueOf(tags, `routers.x-${name}.priority`)));
    });
    expect(priorities).toEqual([30, 35, 36, 37, 38, 39]);
  });

  it.each([
    ['its own host names', ['page'], '(Host(`page.fleet.test`)) && (Path(`/`) || PathRegexp(`^/next/[^/]+$`))'],
    ['none', [], undefined],
  ])(
    'sends GETs that change something over connections that are used once, also of the prefix / with %s',
    (_, hosts, rule) => {
      const routes = [
        { method: 'GET', path: '/', retryPolicy: 'connect-failure' },
        { method: 'GET', path: '/next/*', retryPolicy: 'connect-failure' },
        { method: 'GET', path: '/whoami', retryPolicy: 'idempotent' },
      ];
      const tags = traefikTags({ shortName: 'page', routes, ingress: { hosts, prefix: '/', paths: [] } }, 'fleet.test');
      expect(valueOf(tags, 'routers.page-host-once.rule')).toBe(rule);
      expect(valueOf(tags, 'routers.page-host.rule')).toBe(rule && 'Host(`page.fleet.test`)');
      expect(valueOf(tags, 'routers.page-rest-once.rule')).toBe('Path(`/`) || PathRegexp(`^/next/[^/]+$`)');
      expect(valueOf(tags, 'routers.page-rest-once.service')).toBe('page-once');
      expect(valueOf(tags, 'routers.page-rest-once.middlewares')).toBe('page-retry');
      expect(valueOf(tags, 'services.page-once.loadbalancer.serverstransport')).toBe('once@file');
      const priorities = ['host-once', 'host', 'rest-once', 'rest'].map((name) =>
        valueOf(tags, `routers.page-${name}.priority`),
      );
      expect(priorities).toEqual(rule === undefined ? [undefined, undefined, '15', '10'] : ['25', '20', '15', '10']);
    },
  );

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
        for (const name of valueOf(tags, `${router}.middlewares`)?.split(',') ?? [])
          expect(names).toContain(`middlewares.${name}`);
      }
    }
  });

  it('retries after everything that changes the path', () => {
    const chains = everyTag.filter((tag) => keyOf(tag).endsWith('.middlewares')).map((tag) => tag.split('=')[1]);
    expect(chains.length).toBeGreaterThanOrEqual(9);
    expect(chains.filter((chain) => !/(^|,)[\w-]+-retry$/.test(chain ?? ''))).toEqual([]);
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
