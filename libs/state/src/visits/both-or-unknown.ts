import { StateError } from '../errors.ts';

const isUnknown = (error: unknown): boolean => error instanceof StateError && error.code === 'state_outcome_unknown';

/** What to tell where one effect was done and the other failed. */
export const oneOfTwo = (fault: unknown): StateError =>
  new StateError('state_outcome_unknown', 'one of two counts was made', { cause: fault });

/**
 * Two effects side by side. When one was done, or may have been, the failure of the other must not be told as "nothing
 * was done". Waits for both.
 */
export async function bothOrUnknown<A, B>(first: Promise<A>, second: Promise<B>): Promise<[A, B]> {
  const [a, b] = await Promise.allSettled([first, second]);
  if (a.status === 'fulfilled' && b.status === 'fulfilled') return [a.value, b.value];
  const faults: unknown[] = [a, b].flatMap((each): unknown[] => (each.status === 'rejected' ? [each.reason] : []));
  const fault = faults.find((each) => isUnknown(each)) ?? faults[0];
  throw faults.length === 2 ? fault : oneOfTwo(fault);
}
