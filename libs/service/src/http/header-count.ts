import { ProblemError } from '../problem/problem.ts';

/**
 * HEADERS_MAX is how many headers a request may have. Node holds those of a head in part as strings of their own, about 70
 * bytes each whatever their length: what 16 KiB of short ones take of memory is by their number.
 */
export const HEADERS_MAX = 512;

/**
 * headerBound is `maxHeadersCount` of a server. Node 24 refuses a head in which there are more, while it comes; one that drops
 * the rest in silence is to show that there was more.
 */
export const headerBound = HEADERS_MAX + 1;

/** tooManyHeaders is the problem of a request that has more: one that is dropped may be a condition. */
export function tooManyHeaders(rawHeaders: readonly string[]): ProblemError | undefined {
  if (rawHeaders.length <= 2 * HEADERS_MAX) return undefined;
  return new ProblemError({
    status: 431,
    code: 'headers_too_large',
    title: 'The headers are too large',
    detail: `More than ${HEADERS_MAX} headers`,
  });
}
