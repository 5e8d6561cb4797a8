/** Longest that a `Retry-After` is believed, milliseconds. */
const RETRY_AFTER_MAX_MS = 30_000;

/**
 * retryAfterIn is the milliseconds that a `Retry-After` field asks for, in either form of RFC 9110, 10.2.3: seconds, or a
 * date. At most 30 s; undefined where there is none or it is malformed.
 *
 * @param nowMs milliseconds since 1970
 */
export function retryAfterIn(value: string | undefined, nowMs: number): number | undefined {
  const ms = /^\d+$/.test(value ?? '')
    ? Number(value) * 1_000
    : value?.endsWith(' GMT')
      ? Date.parse(value) - nowMs
      : Number.NaN;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), RETRY_AFTER_MAX_MS);
}
