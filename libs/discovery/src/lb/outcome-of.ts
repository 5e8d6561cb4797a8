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
/** This side refuses the certificate, in Node's words and OpenSSL's: the TLS handshake failed, and requests come behind it. */
const CERTIFICATE_REFUSED = new Set([
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
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

/** isUnsent: no connection was made, or none that this side trusts, so that nothing can be at work there. */
export const isUnsent = (error: unknown): boolean =>
  // ETIMEDOUT and ECONNRESET are also of a connection that was made: the system call tells.
  linksOf(error).some(({ syscall }) => syscall === 'connect') ||
  codesOf(error).some((code) => UNSENT.has(code) || CERTIFICATE_REFUSED.has(code));

/** mayHaveRun: it was or may have been sent, so that it may have been done. */
export const mayHaveRun = (error: unknown): boolean => !isUnsent(error) && !(error instanceof DiscoveryError);

interface Link {
  readonly code?: unknown;
  readonly syscall?: unknown;
  readonly cause?: unknown;
  readonly errors?: unknown;
}

/**
 * An error and its causes. Known by what they have and not by their class: what `fetch` throws in a test of Jest is of another
 * realm.
 */
function linksOf(error: unknown): Link[] {
  const links: Link[] = [];
  let link = error;
  for (let depth = 0; depth < DEPTH_MAX && typeof link === 'object' && link !== null; depth += 1) {
    const each: Link = link;
    links.push(each);
    link = Array.isArray(each.errors) ? each.errors[0] : each.cause;
  }
  return links;
}

const codesOf = (error: unknown): string[] =>
  linksOf(error).flatMap(({ code }) => (typeof code === 'string' ? [code] : []));
