/**
 * RetryPolicy says when a balancer may send a request again, to another host. `connect-failure`: only when no byte of it
 * was sent, which every policy allows. `idempotent`: also when it was sent and not answered. `idempotent-with-if-match` and
 * `idempotent-with-idempotency-key`: idempotent when that header is there. An `If-Match: *` is not enough: done twice it
 * writes over what somebody else wrote in between.
 */
export type RetryPolicy =
  'idempotent' | 'connect-failure' | 'idempotent-with-if-match' | 'idempotent-with-idempotency-key';

/** RouteRule is one route of a service with its retry policy. */
export interface RouteRule {
  readonly method: string;
  /** Path with the prefix of its service stripped; `*` stands for one segment. */
  readonly path: string;
  readonly retryPolicy: RetryPolicy;
}

type RuleMaker = (method: string, path: string) => RouteRule;
const ruleMaker =
  (retryPolicy: RetryPolicy): RuleMaker =>
  (method, path) => ({ method, path, retryPolicy });

export const connectFailure = ruleMaker('connect-failure');
export const idempotent = ruleMaker('idempotent');
export const withIfMatch = ruleMaker('idempotent-with-if-match');
export const withIdempotencyKey = ruleMaker('idempotent-with-idempotency-key');
