import { DiscoveryError } from '../errors.ts';
import type { Outcome } from '../outcome.ts';

/** No connection, or one that went away before the answer. Of the system, and of undici underneath `fetch failed`. */
const REFUSED = new Set([
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
]);
const TIMEOUT = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
/** Causes of causes that are looked at. */
const DEPTH_MAX = 4;

/** outcomeOf makes an error the outcome of its instance, by its code or by that of its cause. */
export function outcomeOf(error: unknown): Outcome {
  if (error instanceof DiscoveryError) return 'unknown';
  let link = error;
  for (let depth = 0; depth < DEPTH_MAX && link instanceof Error; depth += 1) {
    const { code } = link as NodeJS.ErrnoException;
    if (code !== undefined && REFUSED.has(code)) return 'refused';
    if (code !== undefined && TIMEOUT.has(code)) return 'timeout';
    link = link instanceof AggregateError ? link.errors[0] : link.cause;
  }
  return 'error';
}
