import { READINESS } from './health-check.ts';

/**
 * What Traefik routes to the fleet: the one source of the tags in Consul's catalog and of the labels in
 * deploy/traefik/labels.yaml, which is generated from them.
 *
 * Traefik merges what all replicas say. Where two say different things under one name it drops the name, and with it the
 * route. So nothing here depends on a replica or on its version, and a name that was ever deployed keeps its meaning:
 * whoever changes what a router, middleware or service says gives it a new name, so that old and new replicas can be
 * registered side by side while a new version is rolled out.
 */
interface Routing {
  readonly routers: Readonly<Record<string, Router>>;
  readonly middlewares: Readonly<Record<string, readonly string[]>>;
  readonly services: Readonly<Record<string, readonly string[]>>;
}

interface Router {
  readonly rule: string;
  /** Said, and not left to the length of the rule as Traefik would, because that changes with the domain. */
  readonly priority: number;
  /** In order; the retry comes last, or it would send a path that is stripped already and once more as it came. */
  readonly middlewares: readonly string[];
  readonly service: string;
}

const { path, intervalMs, timeoutMs } = READINESS;

const loadBalancer = [
  `loadbalancer.healthcheck.path=${path}`,
  `loadbalancer.healthcheck.interval=${intervalMs}ms`,
  `loadbalancer.healthcheck.timeout=${timeoutMs}ms`,
  'loadbalancer.healthcheck.followredirects=false',
  'loadbalancer.responseforwarding.flushinterval=1ms',
];

/** Traefik retries only while no byte of the request was sent, which the retry policy of every route allows. */
const retry = ['retry.attempts=3', 'retry.initialinterval=50ms'];

const hosts = (...names: readonly string[]): string => names.map((name) => `Host(\`${name}\`)`).join(' || ');
const paths = (...all: readonly string[]): string => all.map((one) => `Path(\`${one}\`)`).join(' || ');

/**
 * `api-once` has the same replicas as `api`, over connections that are used once. Traefik's HTTP client sends a GET again
 * by itself when a connection that was used before breaks: not for the GETs that change something (retry
 * policy `connect-failure`).
 */
function apiRouting(domain: string): Routing {
  const apiHosts = hosts(`api.${domain}`, `webserver.${domain}`);
  return {
    routers: {
      // A path that wins over the rule of its host, and that the api sees as another path.
      'api-visit': {
        rule: `${hosts(`app.${domain}`)} && (${paths('/api/visit', '/api/visit/')})`,
        priority: 60,
        middlewares: ['api-visit-path', 'api-retry'],
        service: 'api-once',
      },
      'api-host-once': {
        rule: `(${apiHosts}) && (${paths('/', '/set', '/enqueue')})`,
        priority: 50,
        middlewares: ['api-retry'],
        service: 'api-once',
      },
      'api-host': { rule: apiHosts, priority: 40, middlewares: ['api-retry'], service: 'api' },
      'api-prefix-once': {
        rule: paths('/api', '/api/', '/api/set', '/api/enqueue'),
        priority: 35,
        middlewares: ['api-strip', 'api-retry'],
        service: 'api-once',
      },
      // With the slash at the end: /apiary is not ours.
      'api-prefix': {
        rule: 'PathPrefix(`/api/`)',
        priority: 30,
        middlewares: ['api-strip', 'api-retry'],
        service: 'api',
      },
      'api-lines-once': {
        rule: paths('/set', '/enqueue'),
        priority: 35,
        middlewares: ['api-retry'],
        service: 'api-once',
      },
      'api-lines': { rule: paths('/get'), priority: 30, middlewares: ['api-retry'], service: 'api' },
    },
    middlewares: {
      'api-visit-path': ['replacepath.path=/'],
      'api-strip': ['stripprefix.prefixes=/api'],
      'api-retry': retry,
    },
    services: { api: loadBalancer, 'api-once': [...loadBalancer, 'loadbalancer.serverstransport=once@file'] },
  };
}

function gatewayRouting(domain: string): Routing {
  const target = { middlewares: ['gateway-retry'], service: 'gateway' };
  return {
    routers: {
      'gateway-host': { rule: hosts(`app.${domain}`), priority: 20, ...target },
      'gateway-rest': { rule: 'PathPrefix(`/`)', priority: 10, ...target },
    },
    middlewares: { 'gateway-retry': retry },
    services: { gateway: loadBalancer },
  };
}

const routings: ReadonlyMap<string, (domain: string) => Routing> = new Map([
  ['api', apiRouting],
  ['frontend-gateway', gatewayRouting],
]);

function named(kind: string, all: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(all).flatMap(([name, lines]) => lines.map((line) => `${kind}.${name}.${line}`));
}

/** The tags of every replica of a service, `key=value`; none for one that Traefik does not route to. */
export function traefikTags(service: string, domain: string): readonly string[] {
  const routing = routings.get(service)?.(domain);
  if (routing === undefined) return [];
  const routers = Object.entries(routing.routers).flatMap(([name, router]) => [
    `routers.${name}.rule=${router.rule}`,
    `routers.${name}.priority=${router.priority}`,
    `routers.${name}.middlewares=${router.middlewares.join(',')}`,
    `routers.${name}.service=${router.service}`,
  ]);
  const http = [...routers, ...named('middlewares', routing.middlewares), ...named('services', routing.services)];
  return ['traefik.enable=true', ...http.map((line) => `traefik.http.${line}`)];
}

/** The tags that this service registers with, by its configuration: only where Traefik reads the catalog. */
export function catalogTags(
  service: string,
  { BALANCER, DOMAIN }: { readonly BALANCER: readonly string[]; readonly DOMAIN: string },
): readonly string[] {
  return BALANCER.includes('traefik-consul') ? traefikTags(service, DOMAIN) : [];
}
