import { backOffMs } from '@nestfleet/timing';

/** A process that stayed ready as long as this has nothing to do with the failures before it. */
const HEALTHY_AFTER_MS = 30_000;
/** The restart policy gives up after so many ends in a row before the first readiness. */
export const EARLY_EXITS_MAX = 3;
/** 200 ms after the first failure, doubled with each in a row, 10 s at most, plus up to a fifth, which spreads what crashed together. */
const BACK_OFF = { baseMs: 240, capMs: 12_000, jitter: 1 / 6 };
/** EX_CONFIG of sysexits: the settings are wrong, and another try reads the same ones. */
export const EXIT_CONFIG = 78;

/** RunEnd is how a run ended: by itself with a code or a signal, not started, or by us because it did not get ready. */
export type RunEnd =
  | { readonly how: 'exit'; readonly code: number | null; readonly signal: string | null }
  | { readonly how: 'spawn-failed'; readonly message: string }
  | { readonly how: 'not-ready'; readonly message: string };

/**
 * Lifecycle is the state of one managed process, a server or a replica, over all its runs, with the restart policy's counts.
 */
export interface Lifecycle {
  readonly phase: 'starting' | 'ready' | 'leaving' | 'backing-off' | 'gone';
  /** Starts after the first one. */
  readonly restarts: number;
  /** Failures in a row. */
  readonly failures: number;
  readonly hasBeenReady: boolean;
  readonly readyAtMs: number | null;
  /** When the next start is due; only while backing off. */
  readonly retryAtMs: number | null;
  readonly lastEnd: RunEnd | null;
}

export const initialLifecycle: Lifecycle = {
  phase: 'starting',
  restarts: 0,
  failures: 0,
  hasBeenReady: false,
  readyAtMs: null,
  retryAtMs: null,
  lastEnd: null,
};

export const started = (lifecycle: Lifecycle): Lifecycle => ({
  ...lifecycle,
  phase: 'starting',
  restarts: lifecycle.phase === 'backing-off' ? lifecycle.restarts + 1 : lifecycle.restarts,
  readyAtMs: null,
  retryAtMs: null,
});

export const becameReady = (lifecycle: Lifecycle, nowMs: number): Lifecycle =>
  lifecycle.phase === 'starting' ? { ...lifecycle, phase: 'ready', hasBeenReady: true, readyAtMs: nowMs } : lifecycle;

/** stopping is the state after a request to shut down: one between two runs is gone at once. */
export const stopping = (lifecycle: Lifecycle): Lifecycle => ({
  ...lifecycle,
  phase: lifecycle.phase === 'backing-off' || lifecycle.phase === 'gone' ? 'gone' : 'leaving',
});

/** ended applies the restart policy: back-off, or gone when it was shutting down. @param random in [0, 1) */
export function ended(lifecycle: Lifecycle, end: RunEnd, nowMs: number, random: number): Lifecycle {
  if (lifecycle.phase === 'leaving' || lifecycle.phase === 'gone') return { ...lifecycle, phase: 'gone', lastEnd: end };
  const healthy = lifecycle.readyAtMs !== null && nowMs - lifecycle.readyAtMs >= HEALTHY_AFTER_MS;
  const before = healthy ? 0 : lifecycle.failures;
  return {
    ...lifecycle,
    phase: 'backing-off',
    failures: before + 1,
    readyAtMs: null,
    retryAtMs: nowMs + Math.round(backOffMs(before + 1, BACK_OFF, () => random)),
    lastEnd: end,
  };
}

/** hasFailed is true of a process that was never ready and whose ends say that it will not be. */
export function hasFailed({ hasBeenReady, lastEnd, failures }: Lifecycle): boolean {
  if (hasBeenReady || lastEnd === null) return false;
  return lastEnd.how !== 'exit' || lastEnd.code === EXIT_CONFIG || failures >= EARLY_EXITS_MAX;
}

/** describeEnd says for people how a run ended. */
export function describeEnd(end: RunEnd): string {
  if (end.how !== 'exit') return end.message;
  if (end.signal !== null) return `ended by ${end.signal}`;
  return end.code === EXIT_CONFIG ? 'ended with code 78 (its settings are wrong)' : `ended with code ${end.code}`;
}
