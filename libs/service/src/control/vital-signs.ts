import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Lifecycle } from '../lifecycle/lifecycle.ts';
import { RequestRate } from './request-rate.ts';

const MARK_EVERY_MS = 1_000;
const RATE_WINDOW_MS = 10_000;
const LAG_WINDOW_MS = 5_000;
/** The histogram counts from one tick of its timer to the next, so this much of each value is no lag. */
const TICK_MS = 20;

export interface EventLoopLag {
  readonly p50_ms: number;
  readonly p99_ms: number;
}

/** VitalSigns is the load of this process, measured by one timer. */
export interface VitalSigns {
  requestsPerSecond(): number;
  eventLoopLag(): EventLoopLag;
  stop(): void;
}

const lagMs = (ns: number): number => Math.max(0, Math.round((ns / 1e6 - TICK_MS) * 10) / 10);

export function startVitalSigns(lifecycle: Pick<Lifecycle, 'answered'>): VitalSigns {
  const histogram = monitorEventLoopDelay({ resolution: TICK_MS });
  histogram.enable();
  const rate = new RequestRate(RATE_WINDOW_MS);
  const read = (): EventLoopLag =>
    // A histogram without a value answers with a number of its own.
    histogram.count === 0
      ? { p50_ms: 0, p99_ms: 0 }
      : { p50_ms: lagMs(histogram.percentile(50)), p99_ms: lagMs(histogram.percentile(99)) };
  let lastWindow: EventLoopLag | undefined;
  let windowBeganMs = performance.now();
  const mark = (): void => {
    const nowMs = performance.now();
    rate.mark(nowMs, lifecycle.answered);
    if (nowMs - windowBeganMs < LAG_WINDOW_MS) return;
    lastWindow = read();
    windowBeganMs = nowMs;
    histogram.reset();
  };
  mark();
  const timer = setInterval(mark, MARK_EVERY_MS).unref();
  return {
    requestsPerSecond: () => Math.round(rate.perSecond(performance.now(), lifecycle.answered) * 10) / 10,
    eventLoopLag: () => lastWindow ?? read(),
    stop: () => {
      clearInterval(timer);
      histogram.disable();
    },
  };
}
