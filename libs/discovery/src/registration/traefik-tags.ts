import { READINESS } from './health-check.ts';

/**
 * What Traefik routes to the fleet: the one source of the tags in Consul's catalog and of the labels in
 * deploy/traefik/labels.yaml, which is generated from them.
 *
 * Traefik merges what all replicas say. Where two say different things under one name it drops the name, and with it the
 * route. So nothing here depends on a replica or on its version, and a name that was ever deployed keeps its meaning:
 * whoever changes what a router, middleware or service says gives it a new name, so that old and new replicas can be
 * registered side by side while a new version is rolled out. The retries are not here but in
 * deploy/traefik/dynamic/edge-proxy.yaml, beside the times that they multiply.
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
  /** In order; the retries come last, or it would send a path that is stripped already and once more as it came. */
  readonly middlewares: readonly string[];
  readonly service: string;
}

/** Of two replicas that are drawn the one with fewer requests: what hangs or is gone gets few. */
const loadBalancer = [
  'loadbalancer.strategy=p2c',
  `loadbalancer.healthcheck.path=${READINESS.path}`,
  `loadbalancer.healthcheck.interval=${READINESS.intervalMs}ms`,
  `loadbalancer.healthcheck.timeout=${READINESS.timeoutMs}ms`,
  'loadbalancer.healthcheck.followredirects=false',
];

/** TraefikService is what the tags of a service are made from. */
export interface TraefikService {
  /** Beginning of the names of its routers, middlewares and services. */
  readonly shortName: string;
  readonly ingress?: TraefikIngress | undefined;
  readonly routes: readonly { readonly method: string; readonly path: string; readonly retryPolicy: string }[];
}

export interface TraefikIngress {
  /** Labels of its own host names: `api` of `api.<domain>`. */
  readonly hosts: readonly string[];
  /** Beginning of its paths on every other host name, taken off on the way; `/` is what no other service has. Three segments at most. */
  readonly prefix: string;
  /** Exact paths outside of the prefix, sent on as they are. */
  readonly paths: readonly string[];
  /** Further host names, and paths of a host that the service sees as another path. */
  readonly traefik?:
    | {
        readonly hosts: readonly string[];
        readonly rewrites: Readonly<
          Record<string, { readonly host: string; readonly from: string; readonly to: string }>
        >;
      }
    | undefined;
}

/**
 * Every byte of an answer goes on at once. Else Traefik keeps the end of a refusal while the body of the request still
 * comes, and a client that stops sending waits for it for ever.
 */
const atOnce = 'loadbalancer.responseforwarding.flushinterval=-1ms';

type RoutePolicy = TraefikService['routes'][number];

const hosts = (labels: readonly string[], domain: string): string =>
  labels.map((label) => `Host(\`${label}.${domain}\`)`).join(' || ');
const oneOf = (paths: readonly string[]): string => paths.map(pathRule).join(' || ');
/** `*` stands for one segment. */
const pathRule = (path: string): string =>
  path.includes('*')
    ? `PathRegexp(\`^${path.replaceAll('.', '\\.').replaceAll('*', '[^/]+')}$\`)`
    : `Path(\`${path}\`)`;
const below = (prefix: string, path: string): string[] =>
  path === '/' && prefix !== '' ? [prefix, `${prefix}/`] : [prefix + path];
/** The rules that all hold; an empty one is no condition. */
const allOf = (...rules: readonly string[]): string => {
  const conditions = rules.filter((rule) => rule !== '');
  return conditions.map((rule) => (conditions.length > 1 && rule.includes('||') ? `(${rule})` : rule)).join(' && ');
};

/** A HEAD never has an effect. */
const READS = 'Method(`GET`) || Method(`HEAD`)';
/** A route that is looked at before another one has so much more than the least priority of its location. */
const ABOVE = { 'connect-failure': 2, idempotent: 1, other: 0 } as const;
/**
 * PRIORITY is the least one of each location: a path that is rewritten wins over a host name, which wins over a prefix,
 * a longer prefix over a shorter one, and all of it over what the prefix `/` has.
 */
const PRIORITY = { rewrite: 70, host: 60, prefix: 30, perSegment: 10, paths: 30, catchAllHost: 20, catchAll: 10 };

/** Where requests for a service come in: a host name, its prefix, exact paths, or a path that is rewritten. */
interface Location {
  readonly name: string;
  readonly priority: number;
  /** Holds for all of its requests; '' for any. */
  readonly host: string;
  /** The paths of a route, as they come in here. */
  readonly pathsOf: (path: string) => readonly string[];
  /** What comes in here besides the routes; of exact paths those that no other router has. */
  readonly rest: (routed: readonly string[]) => string | undefined;
  readonly middlewares: readonly string[];
}

const exactly =
  (all: readonly string[]): Location['rest'] =>
  (routed) => {
    const others = all.filter((path) => !routed.includes(path));
    return others.length === 0 ? undefined : oneOf(others);
  };

function locationsOf({ shortName: name }: TraefikService, ingress: TraefikIngress, domain: string): Location[] {
  const { paths, traefik } = ingress;
  const isCatchAll = ingress.prefix === '/';
  const prefix = isCatchAll ? '' : ingress.prefix;
  const own = hosts([...ingress.hosts, ...(traefik?.hosts ?? [])], domain);
  const locations: (Location | undefined)[] = [
    // What the service sees as another path.
    ...Object.entries(traefik?.rewrites ?? {}).map(([key, { host, from, to }]) => ({
      name: key,
      priority: PRIORITY.rewrite,
      host: hosts([host], domain),
      pathsOf: (path: string) => (path === to ? [from, `${from}/`] : []),
      rest: exactly([from, `${from}/`]),
      middlewares: [`${name}-${key}-path`],
    })),
    own === ''
      ? undefined
      : {
          name: 'host',
          priority: isCatchAll ? PRIORITY.catchAllHost : PRIORITY.host,
          host: own,
          pathsOf: (path) => [path],
          rest: () => '',
          middlewares: [],
        },
    {
      name: isCatchAll ? 'rest' : 'prefix',
      priority: isCatchAll ? PRIORITY.catchAll : PRIORITY.prefix + PRIORITY.perSegment * (prefix.split('/').length - 2),
      host: '',
      pathsOf: (path) => below(prefix, path),
      // With the slash at the end: /apiary is not ours.
      rest: () => [...(isCatchAll ? [] : [pathRule(prefix)]), `PathPrefix(\`${prefix}/\`)`].join(' || '),
      middlewares: isCatchAll ? [] : [`${name}-strip`],
    },
    paths.length === 0
      ? undefined
      : {
          name: 'lines',
          priority: PRIORITY.paths,
          host: '',
          pathsOf: (path) => (paths.includes(path) ? [path] : []),
          rest: exactly(paths),
          middlewares: [],
        },
  ];
  return locations.flatMap((location) => location ?? []);
}

/**
 * routersAt are the routers of a location, by the retry policy of its GETs. Those that change something go to
 * `<name>-replicas-once`, the same replicas over connections that are used once: over one that was used before, Traefik's
 * HTTP client sends a GET again by itself. Those of the policy `idempotent` may also be sent again when a replica had them
 * and did not answer; `<name>-replicas-idempotent` does not send their answers on byte by byte, because Traefik 3.7 would
 * begin one that it retries as a 200. All else is sent again only while nothing of it was sent.
 */
function routersAt({ shortName: name, routes }: TraefikService, location: Location): [string, Router][] {
  const { host } = location;
  const pathsBy = (policy: RoutePolicy['retryPolicy']): string[] =>
    routes.flatMap(({ method, path, retryPolicy }) =>
      method === 'GET' && retryPolicy === policy ? location.pathsOf(path) : [],
    );
  const [once, idempotent] = [pathsBy('connect-failure'), pathsBy('idempotent')];
  const rest = location.rest(once);
  const router = (kind: keyof typeof ABOVE, rule: string): [string, Router] => [
    `${name}-${location.name}-${kind}`,
    {
      rule,
      priority: location.priority + ABOVE[kind],
      middlewares: [...location.middlewares, ...(kind === 'idempotent' ? RETRY.idempotent : RETRY.connectFailure)],
      service: `${name}-replicas${SUFFIX[kind]}`,
    },
  ];
  return [
    ...(once.length === 0 ? [] : [router('connect-failure', allOf(host, oneOf(once)))]),
    ...(idempotent.length === 0 ? [] : [router('idempotent', allOf(host, READS, oneOf(idempotent)))]),
    ...(rest === undefined ? [] : [router('other', allOf(host, rest))]),
  ];
}

const SUFFIX = { 'connect-failure': '-once', idempotent: '-idempotent', other: '' };
/** Middlewares of the file provider. */
const RETRY = {
  connectFailure: ['retry-connect-failure@file'],
  idempotent: ['retry-idempotent@file', 'retry-connect-failure@file'],
};

function routingOf(service: TraefikService, ingress: TraefikIngress, domain: string): Routing {
  const { shortName: name } = service;
  const routers = locationsOf(service, ingress, domain).flatMap((location) => routersAt(service, location));
  const rewrites = Object.entries(ingress.traefik?.rewrites ?? {});
  const balancers = {
    [`${name}-replicas`]: [...loadBalancer, atOnce],
    [`${name}-replicas-once`]: [...loadBalancer, atOnce, 'loadbalancer.serverstransport=once@file'],
    [`${name}-replicas-idempotent`]: loadBalancer,
  };
  return {
    routers: Object.fromEntries(routers),
    middlewares: {
      ...Object.fromEntries(rewrites.map(([key, { to }]) => [`${name}-${key}-path`, [`replacepath.path=${to}`]])),
      ...(ingress.prefix === '/' ? {} : { [`${name}-strip`]: [`stripprefix.prefixes=${ingress.prefix}`] }),
    },
    services: Object.fromEntries(
      Object.entries(balancers).filter(([key]) => routers.some(([, router]) => router.service === key)),
    ),
  };
}

function named(kind: string, all: Readonly<Record<string, readonly string[]>>): string[] {
  return Object.entries(all).flatMap(([name, lines]) => lines.map((line) => `${kind}.${name}.${line}`));
}

/** traefikTags are the tags of every replica of a service, `key=value`; none for one that Traefik does not route to. */
export function traefikTags(service: TraefikService, domain: string): readonly string[] {
  const { ingress } = service;
  if (ingress === undefined) return [];
  const routing = routingOf(service, ingress, domain);
  const routers = Object.entries(routing.routers).flatMap(([name, router]) => [
    `routers.${name}.rule=${router.rule}`,
    `routers.${name}.priority=${router.priority}`,
    `routers.${name}.middlewares=${router.middlewares.join(',')}`,
    `routers.${name}.service=${router.service}`,
  ]);
  const http = [...routers, ...named('middlewares', routing.middlewares), ...named('services', routing.services)];
  return ['traefik.enable=true', ...http.map((line) => `traefik.http.${line}`)];
}

/** catalogTags are the tags that a service registers with, by its configuration: only where Traefik reads the catalog. */
export function catalogTags(
  service: TraefikService | undefined,
  { BALANCER, DOMAIN }: { readonly BALANCER: readonly string[]; readonly DOMAIN: string },
): readonly string[] {
  return service !== undefined && BALANCER.includes('traefik-consul') ? traefikTags(service, DOMAIN) : [];
}
