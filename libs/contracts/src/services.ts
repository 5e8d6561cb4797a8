import { connectFailure, idempotent, type RouteRule, withIdempotencyKey, withIfMatch } from './routes.ts';

/** Ingress is what edge proxies and the gateway send to a service. */
export interface Ingress {
  /** Labels of its own host names: `api` of `api.<domain>`. */
  readonly hosts: readonly string[];
  /**
   * Beginning of its paths on every other host name, taken off on the way; `/` is what no other service has. Of two that
   * fit the longer one wins. Three segments at most.
   */
  readonly prefix: `/${string}`;
  /** Exact paths outside of the prefix, sent on as they are. */
  readonly paths: readonly `/${string}`[];
  /** Host names and paths that Traefik alone serves: those of the setup that this fleet descends from. */
  readonly traefik?: TraefikIngress;
}

interface TraefikIngress {
  readonly hosts: readonly string[];
  /** A path of a host that the service sees as another path. */
  readonly rewrites: Readonly<
    Record<string, { readonly host: string; readonly from: `/${string}`; readonly to: `/${string}` }>
  >;
}

/** ServiceDeclaration is one row of the table of services. */
export interface ServiceDeclaration {
  /** In instance names (`gateway-1`), on the command line, and as the back end of edge proxies. */
  readonly shortName: string;
  /** Replicas of a fleet that does not say how many. */
  readonly replicas: number;
  /** Ports in its container, and those that it listens on by default. */
  readonly ports: { readonly http: number; readonly rpc?: number };
  /** Longest time of two parts of a graceful shutdown, milliseconds: requests in flight, and work to be released. */
  readonly shutdown: { readonly inFlightMs: number; readonly finishMs: number };
  /** Servers that are there before it starts in containers. */
  readonly needs: readonly ('redis' | 'consul')[];
  /** Libs that the app imports. */
  readonly libs: readonly string[];
  /** Undefined where no request is routed to. */
  readonly ingress?: Ingress;
  readonly routes: readonly RouteRule[];
}

/** HEALTH_PATHS are the health checks of every service; ARCHITECTURE.md says what each means. */
export const HEALTH_PATHS = { live: '/livez', startup: '/startupz', ready: '/readyz', detail: '/healthz' } as const;

/** DOCS_PATH is the page that shows the OpenAPI document of a service. */
export const DOCS_PATH = '/docs';
export const OPENAPI_PATH = '/openapi.json';
/** METRICS_PATH is served on METRICS_PORT alone. */
export const METRICS_PATH = '/metrics';

/** operationalRoutes are those that `runService` gives to every service. */
export const operationalRoutes: readonly RouteRule[] = [
  DOCS_PATH,
  `${DOCS_PATH}/*`,
  OPENAPI_PATH,
  ...Object.values(HEALTH_PATHS),
].map((path) => idempotent('GET', path));

/**
 * services is the table of services: by name in the catalog, which is also the name of the app's folder, of its image
 * `nestfleet/<name>` and of the Compose service. The gateway, Traefik's tags and labels, HAProxy's back ends, the fleet
 * tool and the import table are made from it; the Compose files are compared with it.
 */
export const services = {
  api: {
    shortName: 'api',
    replicas: 3,
    ports: { http: 3000, rpc: 3100 },
    shutdown: { inFlightMs: 10_000, finishMs: 0 },
    needs: ['redis', 'consul'],
    libs: ['contracts', 'discovery', 'jobs', 'service', 'state', 'timing'],
    ingress: {
      hosts: ['api'],
      prefix: '/api',
      paths: ['/set', '/get', '/enqueue'],
      traefik: { hosts: ['webserver'], rewrites: { visit: { host: 'app', from: '/api/visit', to: '/' } } },
    },
    routes: [
      connectFailure('GET', '/'),
      idempotent('GET', '/whoami'),
      idempotent('GET', '/session'),
      withIdempotencyKey('POST', '/session'),
      withIfMatch('PATCH', '/session'),
      withIfMatch('DELETE', '/session'),
      withIdempotencyKey('POST', '/session/rotate'),
      idempotent('GET', '/counters/*'),
      withIdempotencyKey('POST', '/counters/*'),
      idempotent('GET', '/values'),
      idempotent('GET', '/values/*'),
      withIfMatch('PUT', '/values/*'),
      withIfMatch('DELETE', '/values/*'),
      idempotent('GET', '/jobs'),
      withIdempotencyKey('POST', '/jobs'),
      idempotent('GET', '/jobs/*'),
      withIdempotencyKey('POST', '/jobs/*/retry'),
      connectFailure('GET', '/set'),
      idempotent('GET', '/get'),
      connectFailure('GET', '/enqueue'),
      idempotent('GET', '/diagnostics/*'),
      connectFailure('POST', '/diagnostics/bytes'),
      ...operationalRoutes,
    ],
  },
  'frontend-gateway': {
    shortName: 'gateway',
    replicas: 1,
    ports: { http: 8080 },
    shutdown: { inFlightMs: 10_000, finishMs: 0 },
    needs: ['consul'],
    libs: ['contracts', 'discovery', 'service', 'timing'],
    ingress: { hosts: ['app'], prefix: '/', paths: [] },
    routes: [idempotent('GET', '/whoami'), idempotent('GET', '/topology'), ...operationalRoutes],
  },
  worker: {
    shortName: 'worker',
    replicas: 2,
    ports: { http: 3002 },
    // Jobs get 25 s; with closing it adds up to 30 s.
    shutdown: { inFlightMs: 500, finishMs: 26_500 },
    needs: ['redis', 'consul'],
    libs: ['contracts', 'discovery', 'jobs', 'service', 'state', 'timing'],
    routes: operationalRoutes,
  },
} as const satisfies Readonly<Record<string, ServiceDeclaration>>;

export type ServiceName = keyof typeof services;

/** SERVICE_NAMES are the names in the catalog. */
export const SERVICE_NAMES = Object.keys(services) as readonly ServiceName[];

/** declarationOf is a service's row of the table, without the exact types of its values. */
export const declarationOf = (service: ServiceName): ServiceDeclaration => services[service];

/** variableOf is a short name as variables have it: `GATEWAY` of `make up GATEWAY=2`, of `GATEWAY_SLOTS`. */
export const variableOf = ({ shortName }: Pick<ServiceDeclaration, 'shortName'>): string =>
  shortName.toUpperCase().replaceAll('-', '_');

/** RoutedService is a service that requests are routed to. */
export interface RoutedService extends ServiceDeclaration {
  readonly name: ServiceName;
  readonly ingress: Ingress;
}

/** byLongestPrefix sorts services in the order in which they are asked whether a path is theirs. */
export const byLongestPrefix = (a: { readonly ingress: Ingress }, b: { readonly ingress: Ingress }): number =>
  b.ingress.prefix.length - a.ingress.prefix.length;

/** routedServices are the services with an ingress, the longest prefix first; so the one with the prefix `/` comes last. */
export const routedServices: readonly RoutedService[] = SERVICE_NAMES.flatMap((name) => {
  const { ingress, ...declaration } = declarationOf(name);
  return ingress === undefined ? [] : [{ ...declaration, name, ingress }];
}).toSorted(byLongestPrefix);
