/**
 * RetryPolicy says when a balancer may send a request again, to another host. `connect-failure`: only when no byte of it
 * was sent, which every policy allows. `idempotent`: also when it was sent and not answered. `idempotent-with-if-match` and
 * `idempotent-with-idempotency-key`: idempotent when that header is there. An `If-Match: *` is not enough: done twice it
 * writes over what somebody else wrote in between.
 */
export type RetryPolicy =
  'idempotent' | 'connect-failure' | 'idempotent-with-if-match' | 'idempotent-with-idempotency-key';

/** RouteRule is one route of the api with its retry policy. */
export interface RouteRule {
  readonly method: string;
  /** Path with the `/api` prefix stripped; `*` stands for one segment. */
  readonly path: string;
  readonly retryPolicy: RetryPolicy;
}

const rule = (method: string, path: string, retryPolicy: RetryPolicy): RouteRule => ({ method, path, retryPolicy });

/** routeRules are all routes of the api. */
export const routeRules: readonly RouteRule[] = [
  rule('GET', '/', 'connect-failure'),
  rule('GET', '/whoami', 'idempotent'),
  rule('GET', '/session', 'idempotent'),
  rule('POST', '/session', 'idempotent-with-idempotency-key'),
  rule('PATCH', '/session', 'idempotent-with-if-match'),
  rule('DELETE', '/session', 'idempotent-with-if-match'),
  rule('POST', '/session/rotate', 'idempotent-with-idempotency-key'),
  rule('GET', '/counters/*', 'idempotent'),
  rule('POST', '/counters/*', 'idempotent-with-idempotency-key'),
  rule('GET', '/values', 'idempotent'),
  rule('GET', '/values/*', 'idempotent'),
  rule('PUT', '/values/*', 'idempotent-with-if-match'),
  rule('DELETE', '/values/*', 'idempotent-with-if-match'),
  rule('GET', '/jobs', 'idempotent'),
  rule('POST', '/jobs', 'idempotent-with-idempotency-key'),
  rule('GET', '/jobs/*', 'idempotent'),
  rule('GET', '/set', 'connect-failure'),
  rule('GET', '/get', 'idempotent'),
  rule('GET', '/enqueue', 'connect-failure'),
  rule('GET', '/diagnostics/*', 'idempotent'),
  rule('POST', '/diagnostics/bytes', 'connect-failure'),
  rule('GET', '/docs', 'idempotent'),
  rule('GET', '/docs/*', 'idempotent'),
  rule('GET', '/openapi.json', 'idempotent'),
  rule('GET', '/livez', 'idempotent'),
  rule('GET', '/startupz', 'idempotent'),
  rule('GET', '/readyz', 'idempotent'),
  rule('GET', '/healthz', 'idempotent'),
];

/** QUICKSTART_PATHS are the demo endpoints, also at the root of the edge proxy. */
export const QUICKSTART_PATHS = ['/set', '/get', '/enqueue'] as const;
