import { until as poll } from '@nestfleet/timing';

/**
 * `until` asks until the answer is there.
 * @returns the first answer that is neither undefined nor false, and the milliseconds it took
 * @throws when `deadlineMs` has passed, with the last fault
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  deadlineMs: number,
  everyMs = 50,
): Promise<{ value: T; tookMs: number }> {
  const startMs = performance.now();
  const answered = async (): Promise<{ value: T } | undefined> => {
    const value = await ask();
    return value === undefined || value === false ? undefined : { value };
  };
  const { value } = await poll(answered, deadlineMs, { everyMs, what });
  return { value, tookMs: Math.round(performance.now() - startMs) };
}
