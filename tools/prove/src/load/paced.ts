import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenLoop } from './open-loop.ts';

export interface Pace {
  /** How many do so side by side. */
  readonly count: number;
  /** The rest between two tasks of one, milliseconds. */
  readonly restMs: (who: number) => number;
  /** It ends by itself after this time. */
  readonly limitMs: number;
}

/** Each does one task after the other, with a rest before each: as clients do that hold a connection and use it rarely. */
export function pacedLoop(begin: (who: number) => Promise<void>, { count, restMs, limitMs }: Pace): OpenLoop {
  const stopping = new AbortController();
  const endMs = performance.now() + limitMs;
  let inFlight = 0;
  const live = async (who: number): Promise<void> => {
    while (!stopping.signal.aborted && performance.now() < endMs) {
      await sleep(restMs(who), undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      inFlight += 1;
      await begin(who).finally(() => (inFlight -= 1));
    }
  };
  const all = Array.from({ length: count }, (_, who) => live(who));
  return {
    stop: async () => {
      stopping.abort();
      await Promise.all(all);
    },
    get inFlight() {
      return inFlight;
    },
  };
}
