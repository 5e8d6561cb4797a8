/** Headers that the fleet's parts exchange, lower case as Node reads them. */
export const SERVED_BY_HEADER = 'x-served-by';
export const REQUEST_ID_HEADER = 'x-request-id';
export const DEADLINE_HEADER = 'x-deadline-ms';
export const IDEMPOTENCY_KEY_HEADER = 'idempotency-key';
/** `true` on an answer that was kept from an earlier request with the same key. */
export const IDEMPOTENCY_REPLAYED_HEADER = 'idempotency-replayed';
export const RATE_LIMIT_HEADER = 'ratelimit';
export const RATE_LIMIT_POLICY_HEADER = 'ratelimit-policy';
export const FORWARDED_PREFIX_HEADER = 'x-forwarded-prefix';
/**
 * `true` on a 503 of an instance that is full: it has not begun the request, so any method may be sent to another instance.
 * As Envoy's `x-envoy-overloaded`.
 */
export const OVERLOADED_HEADER = 'x-overloaded';
