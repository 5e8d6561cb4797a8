import { StateError } from './errors.ts';

const ONCE_LENGTH_MAX = 128;

/** The text itself, or StateError `invalid_once`. */
export function requireOnce(once: string): string {
  if (once.length >= 1 && once.length <= ONCE_LENGTH_MAX) return once;
  throw new StateError('invalid_once', `a mark has 1 to ${ONCE_LENGTH_MAX} characters, not ${once.length}`);
}
