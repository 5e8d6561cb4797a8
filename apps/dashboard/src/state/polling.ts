import { shallowReactive } from 'vue';
import { BackendProblem } from '../backends/backend.ts';
import type { Clock } from '../browser/clock.ts';

/** Longest wait that the page chooses by itself: recovery is seen within this. */
export const BACKOFF_MAX_MS = 5_000;
/** A `Retry-After` beyond this is not believed. */
const RETRY_AFTER_MAX_MS = 60_000;

/**
 * Wait until the next poll. After a failure it doubles per failure in a row up to `BACKOFF_MAX_MS`, never shorter than
 * the fleet's `Retry-After`, plus up to a quarter of chance so that open pages do not return in step.
 */
export function nextDelayMs(poll: {
  intervalMs: number;
  failures: number;
  retryAfterMs: number | null;
  random: number;
}): number {
  if (poll.failures === 0) return poll.intervalMs;
  const backoffMs = Math.min(poll.intervalMs * 2 ** poll.failures, BACKOFF_MAX_MS);
  const askedMs = Math.min(poll.retryAfterMs ?? 0, RETRY_AFTER_MAX_MS);
  return Math.round(Math.max(backoffMs, askedMs) * (1 + poll.random / 4));
}

export interface PollerOptions {
  readonly intervalMs: number;
  readonly clock: Clock;
  /** The problem of the last run, null after a good one. */
  readonly report: (problem: BackendProblem | null) => void;
}

export interface Poller {
  readonly state: {
    readonly busy: boolean;
    readonly failures: number;
    /** When the next run is due, milliseconds since 1970; null while none is planned. */
    readonly nextAtMs: number | null;
  };
  /** An active poller runs at once and then on; an inactive one lets a run in flight end and plans no other. */
  readonly setActive: (active: boolean) => void;
  /** Runs now, active or not; joins a run in flight. Resolves to whether it went well. */
  readonly runNow: () => Promise<boolean>;
}

/** Repeats `work`, one run at a time, counting the wait from the end of a run: a slow fleet is never asked faster. */
export function createPoller(work: () => Promise<void>, { intervalMs, clock, report }: PollerOptions): Poller {
  const state = shallowReactive({ busy: false, failures: 0, nextAtMs: null as number | null });
  let active = false;
  let cancelTimer: (() => void) | undefined;
  let inFlight: Promise<boolean> | undefined;

  function unplan(): void {
    cancelTimer?.();
    cancelTimer = undefined;
    state.nextAtMs = null;
  }

  function plan(retryAfterMs: number | null): void {
    unplan();
    if (!active) return;
    const delayMs = nextDelayMs({ intervalMs, failures: state.failures, retryAfterMs, random: clock.random() });
    state.nextAtMs = clock.nowMs() + delayMs;
    cancelTimer = clock.after(delayMs, () => void runNow());
  }

  async function run(): Promise<boolean> {
    unplan();
    state.busy = true;
    let fault: BackendProblem | null = null;
    try {
      await work();
      state.failures = 0;
    } catch (error) {
      if (!(error instanceof BackendProblem)) throw error;
      fault = error;
      state.failures += 1;
    } finally {
      state.busy = false;
      inFlight = undefined;
      plan(fault?.retryAfterMs ?? null);
    }
    report(fault);
    return fault === null;
  }

  function runNow(): Promise<boolean> {
    inFlight ??= run();
    return inFlight;
  }

  return {
    state,
    setActive: (next) => {
      if (next === active) return;
      active = next;
      if (active) void runNow();
      else unplan();
    },
    runNow,
  };
}
