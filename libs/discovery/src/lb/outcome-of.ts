import { DiscoveryError } from '../errors.ts';
import type { Outcome } from '../outcome.ts';

/** No connection was made. Of the system, of Node, and of undici underneath `fetch failed`. */
const UNSENT = new Set([
  'EADDRNOTAVAIL',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'ERR_SOCKET_CONNECTION_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);
/** None, or one that went away before the answer. */
const REFUSED = new Set([...UNSENT, 'ECONNABORTED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'UND_ERR_SOCKET']);
const TIMEOUT = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);
/** Causes of causes that are looked at. */
const DEPTH_MAX = 4;

/** outcomeOf makes an error the outcome of its instance, by its code or by that of its cause. */
export function outcomeOf(error: unknown): Outcome {
  if (error instanceof DiscoveryError) return 'unknown';
  for (const code of codesOf(error)) {
    if (REFUSED.has(code)) return 'refused';
    if (TIMEOUT.has(code)) return 'timeout';
  }
  return 'error';
}

/** outcomeOfStatus makes the status of an HTTP answer the outcome of its instance. */
export function outcomeOfStatus(status: number): Outcome {
  if (status >= 500) return 'error';
  return status < 300 ? 'ok' : 'unsuccessful';
}

/** isUnsent: no connection was made, so that nothing can be at work there. */
export const isUnsent = (error: unknown): boolean => codesOf(error).some((code) => UNSENT.has(code));

/** mayHaveRun: it was sent, so that it may have been done. */
export const mayHaveRun = (error: unknown): boolean => !isUnsent(error) && !(error instanceof DiscoveryError);

/**
 * The codes of an error and of its causes. Known by what they have and not by their class: what `fetch` throws in a test of
 * Jest is of another realm.
 */
function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  let link = error;
  for (let depth = 0; depth < DEPTH_MAX && typeof link === 'object' && link !== null; depth += 1) {
    const { code, cause, errors } = link as { code?: unknown; cause?: unknown; errors?: unknown };
    if (typeof code === 'string') codes.push(code);
    link = Array.isArray(errors) ? errors[0] : cause;
  }
  return codes;
}
