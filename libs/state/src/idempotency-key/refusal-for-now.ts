import { StateError } from '../errors.ts';

/** So far the causes of an error are followed. */
const CAUSES_MAX = 8;

/**
 * isRefusalForNow is whether what is thrown is, or was caused by, a refusal of the State: a lease that somebody holds, a version that is
 * no more, a counter that is not there. All of them are of what is stored at this moment, and may be gone when the retry comes.
 */
export function isRefusalForNow(thrown: unknown): boolean {
  let at = thrown;
  for (let depth = 0; depth < CAUSES_MAX && at instanceof Error; depth += 1) {
    if (at instanceof StateError) return true;
    at = at.cause;
  }
  return false;
}
