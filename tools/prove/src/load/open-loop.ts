import { setTimeout as sleep } from 'node:timers/promises';

export interface Rate {
  readonly perSecond: number;
  /** It ends by itself after this time. */
  readonly limitMs: number;
}

export interface OpenLoop {
  /** Sends no more, and waits for what is under way. */
  stop(): Promise<void>;
  readonly inFlight: number;
}

/** Begins one task after the other at a fixed rate, whatever becomes of those before: no answer slows it down. */
export function openLoop(begin: (nth: number) => Promise<void>, { perSecond, limitMs }: Rate): OpenLoop {
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();
  const startMs = performance.now();
  const run = async (): Promise<void> => {
    for (let nth = 0; !stopping.signal.aborted && performance.now() - startMs < limitMs; nth += 1) {
      const task = begin(nth).finally(() => underWay.delete(task));
      underWay.add(task);
      const nextMs = ((nth + 1) * 1_000) / perSecond - (performance.now() - startMs);
      if (nextMs > 0) await sleep(nextMs);
    }
  };
  const running = run();
  return {
    stop: async () => {
      stopping.abort();
      await running;
      await Promise.all(underWay);
    },
    get inFlight() {
      return underWay.size;
    },
  };
}

interface Pace {
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
