/**
 * Nothing was begun, or who asks may be allowed to later. 422 is of what was done before under that key, which has its response from
 * then.
 */
const NOT_BEGUN = new Set([400, 401, 403, 408, 413, 415, 422, 423, 425, 429]);
const REFUSALS_FROM = 400;
const SERVER_ERRORS_FROM = 500;

/**
 * isFinal is whether a response with this status is stored. Where nothing was begun, or a fault (500 and above) leaves open what
 * was done, the key stays free for the retry: effects that must not happen twice carry the token along.
 */
export const isFinal = (status: number, isRefusedForNow = false): boolean =>
  status < (isRefusedForNow ? REFUSALS_FROM : SERVER_ERRORS_FROM) && !NOT_BEGUN.has(status);

/** Who waited for the handler has given up, and it may still run. */
const TIMED_OUT = new Set([408, 504]);

/** isTimeout is whether what was begun may go on behind a response with this status. */
export const isTimeout = (status: number): boolean => TIMED_OUT.has(status);
