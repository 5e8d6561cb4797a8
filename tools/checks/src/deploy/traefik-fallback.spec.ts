import { describe, expect, it } from '@jest/globals';
import { declarationOf, routedServices } from '@nestfleet/contracts';
import { traefikTags } from '@nestfleet/discovery';
import { parse } from 'yaml';
import { routedRows, table } from './services-table.ts';
import { makeFallbackFile } from './traefik-fallback.ts';
import { matchesRule } from './traefik-rule.ts';

interface Router {
  rule: string;
  priority: number;
  entryPoints?: string[];
  middlewares: string[];
  service: string;
}

const { http } = parse(makeFallbackFile()) as {
  http: { routers: Record<string, Router>; middlewares: Record<string, object>; services: Record<string, object> };
};
const DOMAIN = '{{ env "DOMAIN" }}';

/** What becomes of a request where the provider of the routes is away. */
const middlewareFor = (host: string, path: string): object | undefined => {
  const [router] = Object.values(http.routers)
    .filter(({ entryPoints, rule }) => entryPoints === undefined && matchesRule(rule, { method: 'GET', host, path }))
    .toSorted((a, b) => b.priority - a.priority);
  expect(router?.service).toBe('fallback');
  return http.middlewares[router?.middlewares[0] ?? ''];
};

/** The service that gets a request where the provider says these tags. */
const serviceFor = (tags: readonly string[], host: string, path: string): string | undefined => {
  const said: Readonly<Record<string, string>> = Object.fromEntries(
    tags.map((tag) => [tag.slice(0, tag.indexOf('=')), tag.slice(tag.indexOf('=') + 1)] as const),
  );
  const fromTags = Object.keys(said).flatMap((key) => {
    const [, name] = /^traefik\.http\.routers\.([^.]+)\.rule$/.exec(key) ?? [];
    const of = (what: string): string => said[`traefik.http.routers.${name}.${what}`] ?? '';
    return name === undefined
      ? []
      : [{ rule: of('rule'), priority: Number(of('priority')), service: of('service') } satisfies Partial<Router>];
  });
  const files = Object.values(http.routers).filter(({ entryPoints }) => entryPoints === undefined);
  return [...files, ...fromTags]
    .filter(({ rule }) => matchesRule(rule, { method: 'GET', host, path }))
    .toSorted((a, b) => b.priority - a.priority)[0]?.service;
};

describe("Traefik's fallback", () => {
  it.each<[string, string, object | undefined]>([
    ['any', '/', undefined],
    [`api.${DOMAIN}`, '/whoami', undefined],
    [`app.${DOMAIN}`, '/api/whoami', undefined],
    [`app.${DOMAIN}`, '/api/visit', { replacePath: { path: '/api/' } }],
    [`webserver.${DOMAIN}`, '/whoami', { headers: { customRequestHeaders: { Host: `api.${DOMAIN}` } } }],
  ])('takes %s%s to the gateway as it knows it', (host, path, middleware) => {
    expect(middlewareFor(host, path)).toEqual(middleware);
  });

  const gatewayTags = traefikTags(declarationOf('frontend-gateway'), DOMAIN);
  const allTags = routedServices.flatMap((service) => traefikTags(service, DOMAIN));
  it.each<[string, string, string]>([
    [`api.${DOMAIN}`, '/', 'api-replicas-once'],
    ['any', '/set', 'api-replicas-once'],
    ['any', '/enqueue', 'api-replicas-once'],
    ['any', '/api', 'api-replicas-once'],
    [`app.${DOMAIN}`, '/api/', 'api-replicas-once'],
    [`app.${DOMAIN}`, '/api/visit', 'api-replicas-once'],
    [`webserver.${DOMAIN}`, '/', 'api-replicas-once'],
    [`app.${DOMAIN}`, '/api/whoami', 'api-replicas-idempotent'],
    ['any', '/api/any', 'api-replicas'],
  ])("takes %s%s where only the gateway's routes are known, and not where %s is", (host, path, service) => {
    expect(serviceFor(gatewayTags, host, path)).toBe('fallback');
    expect(serviceFor(allTags, host, path)).toBe(service);
  });

  it.each(['/', '/apiary', '/whoami'])("leaves the gateway's own %s to its routes", (path) => {
    expect(serviceFor(gatewayTags, `app.${DOMAIN}`, path)).toMatch(/^gateway-replicas/);
  });

  it('goes to the service that has all else, over connections that are used once', () => {
    expect(http.services['fallback']).toEqual({
      loadBalancer: { servers: [{ url: 'http://frontend-gateway:8080' }], serversTransport: 'once' },
    });
  });

  it('answers the health check by a service that only the provider of the routes has', () => {
    expect(http.routers['health']).toMatchObject({ entryPoints: ['ping'], rule: 'Path(`/ping`)' });
    expect(http.routers['health']?.service).toBe('gateway-replicas@{{ env "ROUTES_PROVIDER" }}');
  });

  it('needs a service that has all else', () => {
    const rest = routedRows(table).filter(({ ingress }) => ingress.prefix !== '/');
    expect(() => makeFallbackFile(rest)).toThrow('no service has the prefix /');
  });
});
