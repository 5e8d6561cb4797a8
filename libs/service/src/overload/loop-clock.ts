import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import type { LoopClock } from './lag-guard.ts';

/** The monitor counts from one tick of its timer to the next, so this much of each value is no lag, milliseconds. */
const TICK_MS = 10;

/** startLoopClock measures the event loop of this process, by a timer that runs no JavaScript. */
export function startLoopClock(): { readonly clock: LoopClock; stop(): void } {
  const delay = monitorEventLoopDelay({ resolution: TICK_MS });
  delay.enable();
  return {
    clock: {
      nowMs: () => performance.now(),
      takeMeanLagMs: () => {
        const meanMs = delay.count === 0 ? undefined : Math.max(0, delay.mean / 1e6 - TICK_MS);
        delay.reset();
        return meanMs;
      },
      idleMs: () => performance.nodeTiming.idleTime,
      onTurnEnd: (callback) => void setImmediate(callback),
    },
    stop: () => void delay.disable(),
  };
}
