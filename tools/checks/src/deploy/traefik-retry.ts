import type { RouteRule } from '@nestfleet/contracts';
import type { RoutedRow } from './services-table.ts';
import { type Definition, definitionsOf, type Source } from './traefik-routes.ts';
import { matchesRule, type RoutedRequest } from './traefik-rule.ts';

/** Off unless somebody diagnoses a proxy: it may be sent again, and need not. */
const EITHER_WAY = /^\/diagnostics\//;

/** Router is one that Traefik has, with what it does to a request that was sent and not answered. */
interface Router {
  readonly rule: string;
  readonly priority: number;
  /** Its retry has a status: what was sent is sent again. */
  readonly retriesSent: boolean;
  /** Traefik's HTTP client sends a GET again by itself over a connection that was used before. */
  readonly keepsConnections: boolean;
}

/**
 * retryFaults: Traefik sends again what was sent and not answered exactly where the contracts say that a GET is idempotent.
 * Each route is asked for in every way in which it comes in, and what the router does that takes it is compared with the
 * retry policy of the route.
 */
export function retryFaults(
  sources: readonly Source[],
  files: Source,
  rows: readonly RoutedRow[],
  domain: string,
): string[] {
  const routers = routersOf(sources, files);
  return rows.flatMap((row) =>
    row.routes.flatMap((route) =>
      requestsOf(row, route, domain).flatMap((request) =>
        faultsOf(route, routerFor(request, routers)).map(
          (fault) => `${row.shortName}: ${request.method} ${request.host}${request.path} ${fault}`,
        ),
      ),
    ),
  );
}

function faultsOf({ method, path, retryPolicy }: RouteRule, router: Router | undefined): string[] {
  if (router === undefined) return ['has no router'];
  const may = method === 'GET' && retryPolicy === 'idempotent';
  return [
    ...(router.retriesSent && !may ? ['is sent again, which may be done twice'] : []),
    ...(may && !router.retriesSent && !EITHER_WAY.test(path) ? ['is not sent again'] : []),
    ...(method === 'GET' && !may && router.keepsConnections
      ? ['goes over a connection that was used before, and may be done twice']
      : []),
  ];
}

/** Bytes that a request may take beside its own: with a thousand in flight that is 16 MiB. */
const BODY_BYTES_MAX = 16_384;

/**
 * bodyFaults: a retry with a status takes no more memory for each request than a small body needs. Traefik takes all of
 * `maxRequestBodyBytes` at once, for a request without a body too, and keeps it until the answer has ended; its default is 2 MiB.
 */
export function bodyFaults(sources: readonly Source[]): string[] {
  return sources.flatMap((source) =>
    [...definitionsOf(source)]
      .filter(([thing, lines]) => thing.startsWith('middlewares.') && lines.has('retry.status'))
      .map(([thing, lines]) => [thing, lines.get('retry.maxrequestbodybytes') ?? '2097152'] as const)
      .filter(([, bytes]) => Number(bytes) < 0 || Number(bytes) > BODY_BYTES_MAX)
      .map(([thing, bytes]) => `${thing} takes ${bytes} bytes of memory for the body of each request`),
  );
}

/** Every way in which requests of a route come in; a `*` of its path is some segment. */
function requestsOf({ ingress }: RoutedRow, { method, path }: RouteRule, domain: string): RoutedRequest[] {
  const own = path.replaceAll('*', 'x');
  const { hosts, prefix, paths, traefik = { hosts: [], rewrites: {} } } = ingress;
  const below = prefix === '/' ? [own] : own === '/' ? [prefix, `${prefix}/`] : [prefix + own];
  const onHost = (label: string, asked: string): RoutedRequest => ({ method, host: `${label}.${domain}`, path: asked });
  return [
    ...[...hosts, ...traefik.hosts].map((label) => onHost(label, own)),
    ...[...below, ...paths.filter((each) => each === own)].map((asked) => ({ method, host: domain, path: asked })),
    ...Object.values(traefik.rewrites)
      .filter(({ to }) => to === own)
      .map(({ host, from }) => onHost(host, from)),
  ];
}

const routerFor = (request: RoutedRequest, routers: readonly Router[]): Router | undefined =>
  routers
    .filter(({ rule }) => matchesRule(rule, request))
    .toSorted((a, b) => b.priority - a.priority)
    .at(0);

function routersOf(sources: readonly Source[], files: Source): Router[] {
  const fileThings = definitionsOf(files);
  return sources.flatMap((source) => {
    const own = definitionsOf(source);
    const find = (kind: string, name = ''): Definition | undefined =>
      (name.endsWith('@file') ? fileThings : own).get(`${kind}.${name.replace(/@file$/, '')}`);
    return [...own]
      .filter(([thing]) => thing.startsWith('routers.'))
      .map(([, lines]): Router => {
        const chain = lines.get('middlewares')?.split(',') ?? [];
        const transport = find('services', lines.get('service'))?.get('loadbalancer.serverstransport');
        return {
          rule: lines.get('rule') ?? '',
          priority: Number(lines.get('priority')),
          retriesSent: chain.some((name) => find('middlewares', name.trim())?.has('retry.status')),
          keepsConnections: find('serverstransports', transport)?.get('maxidleconnsperhost') !== '-1',
        };
      });
  });
}
