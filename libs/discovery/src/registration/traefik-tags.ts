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

const loadBalancer = [
  `loadbalancer.healthcheck.path=${READINESS.path}`,
  `loadbalancer.healthcheck.interval=${READINESS.intervalMs}ms`,
  `loadbalancer.healthcheck.timeout=${READINESS.timeoutMs}ms`,
  'loadbalancer.healthcheck.followredirects=false',
  'loadbalancer.responseforwarding.flushinterval=1ms',
];

/** Traefik retries only while no byte of the request was sent, which the retry policy of every route allows. */
const retry = ['retry.attempts=3', 'retry.initialinterval=50ms'];

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

const hosts = (labels: readonly string[], domain: string): string =>
  labels.map((label) => `Host(\`${label}.${domain}\`)`).join(' || ');
const oneOf = (paths: readonly string[]): string => paths.map(pathRule).join(' || ');
/** `*` stands for one segment. */
const pathRule = (path: string): string =>
  path.includes('*') ? `PathRegexp(\`^${path.replaceAll('*', '[^/]+')}$\`)` : `Path(\`${path}\`)`;
const below = (prefix: string, path: string): string[] =>
  path === '/' && prefix !== '' ? [prefix, `${prefix}/`] : [prefix + path];

interface Priorities {
  readonly hostOnce: number;
  readonly host: number;
  readonly prefixOnce: number;
  readonly prefix: number;
}

/** A host name wins over a prefix, a longer prefix over a shorter one, and all of it over what the prefix `/` has. */
function prioritiesOf(prefix: string): Priorities {
  if (prefix === '/') return { hostOnce: 25, host: 20, prefixOnce: 15, prefix: 10 };
  const more = 2 * (prefix.split('/').length - 2);
  return { hostOnce: 50, host: 40, prefixOnce: 35 + more, prefix: more === 0 ? 30 : 34 + more };
}

/**
 * `<name>-once` has the same replicas as `<name>`, over connections that are used once. Traefik's HTTP client sends a GET
 * again by itself when a connection that was used before breaks: not for the GETs that change something (retry policy
 * `connect-failure`).
 */
function routingOf({ shortName: name, routes }: TraefikService, ingress: TraefikIngress, domain: string): Routing {
  const { paths, traefik } = ingress;
  const isCatchAll = ingress.prefix === '/';
  const prefix = isCatchAll ? '' : ingress.prefix;
  const priorities = prioritiesOf(ingress.prefix);
  const once = routes.flatMap(({ method, path, retryPolicy }) =>
    method === 'GET' && retryPolicy === 'connect-failure' ? [path] : [],
  );
  const own = hosts([...ingress.hosts, ...(traefik?.hosts ?? [])], domain);
  const rewrites = Object.entries(traefik?.rewrites ?? {});
  const prefixOnce = once.flatMap((path) => below(prefix, path));
  // With the slash at the end: /apiary is not ours.
  const prefixRules = [...(isCatchAll || once.includes('/') ? [] : [pathRule(prefix)]), `PathPrefix(\`${prefix}/\`)`];
  const [pathsOnce, pathsOften] = [
    paths.filter((path) => once.includes(path)),
    paths.filter((path) => !once.includes(path)),
  ];

  const router = (rule: string, priority: number, service: string, ...middlewares: readonly string[]): Router => ({
    rule,
    priority,
    middlewares: [...middlewares, `${name}-retry`],
    service,
  });
  const strip = isCatchAll ? [] : [`${name}-strip`];
  const rest = `${name}-${isCatchAll ? 'rest' : 'prefix'}`;
  const oftenOrOnce = (path: string): string => (once.includes(path) ? `${name}-once` : name);
  const routers: readonly (readonly [string, Router | undefined])[] = [
    // A path that wins over the rule of its host, and that the service sees as another path.
    ...rewrites.map(([key, { host, from, to }]) => {
      const rule = `${hosts([host], domain)} && (${oneOf([from, `${from}/`])})`;
      return [`${name}-${key}`, router(rule, 60, oftenOrOnce(to), `${name}-${key}-path`)] as const;
    }),
    [
      `${name}-host-once`,
      own === '' || once.length === 0
        ? undefined
        : router(`(${own}) && (${oneOf(once)})`, priorities.hostOnce, `${name}-once`),
    ],
    [`${name}-host`, own === '' ? undefined : router(own, priorities.host, name)],
    [
      `${rest}-once`,
      once.length === 0 ? undefined : router(oneOf(prefixOnce), priorities.prefixOnce, `${name}-once`, ...strip),
    ],
    [rest, router(prefixRules.join(' || '), priorities.prefix, name, ...strip)],
    [`${name}-lines-once`, pathsOnce.length === 0 ? undefined : router(oneOf(pathsOnce), 35, `${name}-once`)],
    [`${name}-lines`, pathsOften.length === 0 ? undefined : router(oneOf(pathsOften), 30, name)],
  ];
  return {
    routers: Object.fromEntries(routers.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))),
    middlewares: {
      ...Object.fromEntries(rewrites.map(([key, { to }]) => [`${name}-${key}-path`, [`replacepath.path=${to}`]])),
      ...(isCatchAll ? {} : { [`${name}-strip`]: [`stripprefix.prefixes=${prefix}`] }),
      [`${name}-retry`]: retry,
    },
    services: {
      [name]: loadBalancer,
      ...(once.length === 0 ? {} : { [`${name}-once`]: [...loadBalancer, 'loadbalancer.serverstransport=once@file'] }),
    },
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
