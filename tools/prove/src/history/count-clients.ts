import { setTimeout as sleep } from 'node:timers/promises';
import { CLIENT_WAITS_MS, IMPATIENT_MS, type Recorder, bodyOf } from './recorder.ts';
import { json } from './shared-session.ts';
import type { Step } from './session-clients.ts';

/** Above the lease of a key whose replica died in the middle of it. */
const GIVES_UP_AFTER_MS = 12_000;
const PAUSE_MS = 60;

interface CounterBody {
  readonly count: number;
}

/**
 * Counts one under a key of its own, as often as it takes until it has an answer: after one that failed or never came, and
 * sometimes after a good one that got lost on the way.
 */
export function keyedCounter(by: Recorder, counter: string): Step {
  return async () => {
    const key = by.fresh();
    const endMs = performance.now() + GIVES_UP_AFTER_MS;
    let wanted = by.random.next() < 0.3 ? 2 : 1;
    for (let attempt = 1; wanted > 0 && performance.now() < endMs; attempt += 1) {
      const isImpatient = attempt === 1 && by.random.next() < 0.5;
      const { reading } = await by.send(
        undefined,
        `/counters/${counter}`,
        {
          method: 'POST',
          timeoutMs: isImpatient ? 1 + by.random.below(IMPATIENT_MS) : CLIENT_WAITS_MS,
          ...json({ by: 1 }, { 'idempotency-key': `${counter}-${key}` }),
        },
        (reply) => {
          const { count } = bodyOf<CounterBody>(reply);
          return { do: 'count', counter, key, ...(count === undefined ? {} : { count }) };
        },
      );
      if (reading.outcome === 'ok') wanted -= 1;
      else await sleep(PAUSE_MS);
    }
  };
}

/** Counts within short windows: each of them is a key that has to go away by itself. */
export function windowCounter(by: Recorder): Step {
  return async () => {
    await by.send(undefined, `/counters/w-${by.client}`, { method: 'POST', ...json({ by: 1, window_ms: 400 }) });
  };
}

/** @throws when it cannot be read */
export async function readCounter(by: Recorder, counter: string): Promise<number> {
  const reply = await by.send(undefined, `/counters/${counter}`, {});
  const { count } = bodyOf<CounterBody>(reply);
  if (count === undefined) throw new Error(`${counter} cannot be read: ${reply.reading.reason}`);
  return count;
}
