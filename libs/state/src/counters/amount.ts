import { StateError } from '../errors.ts';

/** A little below 2^53, next to which ioredis 6 reads integer replies wrong by one. */
export const COUNT_MAX = 9_007_199_254_740_000;

export function requireAmount(by: number): number {
  if (Number.isSafeInteger(by)) return by;
  throw new StateError('invalid_amount', `a counter adds a whole number that is exact, not ${by}`);
}

/** The count as a number, or StateError `counter_overflow` where a number would not be exact. */
export function exactCount(count: number | bigint | string): number {
  if (!/^-?\d+$/.test(String(count))) throw new StateError('wrong_type', 'what is stored there is not a count');
  const exact = Number(count);
  if (Math.abs(exact) <= COUNT_MAX) return exact;
  throw new StateError('counter_overflow', `the counter stands at about ${exact}, too far out to be exact`);
}

export const counterMissing = (name: string): StateError =>
  new StateError('counter_missing', `there is no counter ${name}, and none was to be made`);
