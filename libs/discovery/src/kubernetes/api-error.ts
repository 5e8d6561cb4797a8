import { DiscoveryError, reasonOf } from '../errors.ts';

/** ApiError is an answer of the API server that is no success: an HTTP status, or that of an event in a watch. */
export class ApiError extends Error {
  readonly status: number;
  /** How long it asks to be left alone. */
  readonly retryAfterMs: number;

  constructor(status: number, message: string, retryAfterMs = 0) {
    super(message);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }

  /** The version to go on from is no longer kept: the answer to it is a new list. */
  get isGone(): boolean {
    return this.status === 410;
  }
}

/** Somebody has to change a setting or a role first; not where the server is only busy. */
const isRefusal = (error: unknown): boolean =>
  error instanceof ApiError && error.status >= 400 && error.status < 500 && ![408, 410, 429].includes(error.status);

export function discoveryErrorOf(what: string, cause: unknown): DiscoveryError {
  const code = isRefusal(cause) ? 'catalog_refused' : 'catalog_unavailable';
  return new DiscoveryError(code, `kubernetes ${what}: ${reasonOf(cause)}`, { cause });
}
