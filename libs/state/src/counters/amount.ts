import { StateError } from '../errors.ts';

export function requireAmount(by: number): number {
  if (Number.isSafeInteger(by)) return by;
  throw new StateError('invalid_amount', `a counter moves by a whole number that is exact, not by ${by}`);
}

/** The count as a number, or StateError `counter_overflow` where a number would not be exact. */
export function exactCount(count: number | bigint | string): number {
  const exact = Number(count);
  if (Number.isSafeInteger(exact)) return exact;
  throw new StateError('counter_overflow', `the counter stands at about ${exact}, beyond what a number holds exactly`);
}
