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
