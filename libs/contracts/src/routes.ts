/**
 * Which api requests a balancer may send again (contract "Routes"). `safe` may be tried elsewhere; `unsent-only` only
 * when no byte of it was sent; `safe-with-if-match` and `safe-with-idempotency-key` are safe when that header is there.
 * An `If-Match: *` is not enough: done twice it writes over what somebody else wrote in between.
 */
export type Replay = 'safe' | 'unsent-only' | 'safe-with-if-match' | 'safe-with-idempotency-key';

export interface RouteRule {
  readonly method: string;
  /** Path with the `/api` prefix stripped; `*` stands for one segment. */
  readonly path: string;
  readonly replay: Replay;
}

const rule = (method: string, path: string, replay: Replay): RouteRule => ({ method, path, replay });

export const routeRules: readonly RouteRule[] = [
  rule('GET', '/', 'unsent-only'),
  rule('GET', '/whoami', 'safe'),
  rule('GET', '/session', 'safe'),
  rule('POST', '/session', 'safe-with-idempotency-key'),
  rule('PATCH', '/session', 'safe-with-if-match'),
  rule('DELETE', '/session', 'safe-with-if-match'),
  rule('POST', '/session/rotate', 'safe-with-idempotency-key'),
  rule('GET', '/counters/*', 'safe'),
  rule('POST', '/counters/*', 'safe-with-idempotency-key'),
  rule('GET', '/values', 'safe'),
  rule('GET', '/values/*', 'safe'),
  rule('PUT', '/values/*', 'safe-with-if-match'),
  rule('DELETE', '/values/*', 'safe-with-if-match'),
  rule('GET', '/jobs', 'safe'),
  rule('POST', '/jobs', 'safe-with-idempotency-key'),
  rule('GET', '/jobs/*', 'safe'),
  rule('GET', '/set', 'unsent-only'),
  rule('GET', '/get', 'safe'),
  rule('GET', '/enqueue', 'unsent-only'),
  rule('GET', '/diagnostics/*', 'safe'),
  rule('POST', '/diagnostics/bytes', 'unsent-only'),
  rule('GET', '/docs', 'safe'),
  rule('GET', '/docs/*', 'safe'),
  rule('GET', '/openapi.json', 'safe'),
  rule('GET', '/livez', 'safe'),
  rule('GET', '/startupz', 'safe'),
  rule('GET', '/readyz', 'safe'),
  rule('GET', '/healthz', 'safe'),
];

/** The quickstart one-liners, also at the root of the front door. */
export const QUICKSTART_PATHS = ['/set', '/get', '/enqueue'] as const;
