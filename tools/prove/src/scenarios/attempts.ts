import type { LogEvent } from '../driver/fleet-driver.ts';

const FAILED = 'proxy.attempt_failed';

const UNLOGGED = 'proxy.attempts_unlogged';

const failedAttempts = (events: readonly LogEvent[]): readonly LogEvent[] =>
  events.filter(({ event }) => event === FAILED);

/** How many attempts failed: a gateway writes a line for some, and says of how many it wrote none. */
export const failedAttemptCount = (events: readonly LogEvent[]): number =>
  events
    .filter(({ event }) => event === UNLOGGED)
    .reduce((sum, { fields }) => sum + Number(fields['count']), failedAttempts(events).length);

/** What gateways wrote of failed attempts at one instance; each of them learns by itself, so the slowest counts. */
export function attemptsAt(
  events: readonly LogEvent[],
  instanceId: string,
): { readonly count: number; readonly spanMs: number } {
  const meant = failedAttempts(events).filter(({ fields }) => fields['instance_id'] === instanceId);
  const spans = [...Map.groupBy(meant, ({ by }) => by).values()].map((mine) => {
    const times = mine.map(({ atMs }) => atMs);
    return Math.max(...times) - Math.min(...times);
  });
  return { count: meant.length, spanMs: Math.max(0, ...spans) };
}
