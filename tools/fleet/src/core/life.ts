import { backOffMs } from './back-off.ts';

/** A process that stayed ready as long as this has nothing to do with the failures before it. */
const HEALTHY_AFTER_MS = 30_000;
/** So many ends in a row before the first readiness are no accident. */
const EARLY_ENDS_MAX = 3;
/** EX_CONFIG of sysexits: the settings are wrong, and another try reads the same ones. */
const EXIT_CONFIG = 78;

/** How a run ended: by itself with a code or a signal, never started, or ended by us because it did not get ready. */
export type End =
  | { readonly how: 'exit'; readonly code: number | null; readonly signal: string | null }
  | { readonly how: 'unstartable'; readonly words: string }
  | { readonly how: 'never-ready'; readonly words: string };

/** One kept process, a server or a replica, over all its runs. */
export interface Life {
  readonly phase: 'starting' | 'ready' | 'leaving' | 'backing-off' | 'gone';
  /** Starts after the first one. */
  readonly restarts: number;
  /** Failures in a row. */
  readonly failures: number;
  readonly everReady: boolean;
  readonly readyAtMs: number | null;
  /** When the next start is due; only while backing off. */
  readonly retryAtMs: number | null;
  readonly lastEnd: End | null;
}

export const newborn: Life = {
  phase: 'starting',
  restarts: 0,
  failures: 0,
  everReady: false,
  readyAtMs: null,
  retryAtMs: null,
  lastEnd: null,
};

export const started = (life: Life): Life => ({
  ...life,
  phase: 'starting',
  restarts: life.phase === 'backing-off' ? life.restarts + 1 : life.restarts,
  readyAtMs: null,
  retryAtMs: null,
});

export const becameReady = (life: Life, nowMs: number): Life =>
  life.phase === 'starting' ? { ...life, phase: 'ready', everReady: true, readyAtMs: nowMs } : life;

/** Told to leave: a running one does so in its own time, one between two runs is gone at once. */
export const leaving = (life: Life): Life => ({
  ...life,
  phase: life.phase === 'backing-off' || life.phase === 'gone' ? 'gone' : 'leaving',
});

/** @param random in [0, 1) */
export function ended(life: Life, end: End, nowMs: number, random: number): Life {
  if (life.phase === 'leaving' || life.phase === 'gone') return { ...life, phase: 'gone', lastEnd: end };
  const healthy = life.readyAtMs !== null && nowMs - life.readyAtMs >= HEALTHY_AFTER_MS;
  const before = healthy ? 0 : life.failures;
  return {
    ...life,
    phase: 'backing-off',
    failures: before + 1,
    readyAtMs: null,
    retryAtMs: nowMs + backOffMs(before, random),
    lastEnd: end,
  };
}

/** True when waiting on would be in vain: it was never ready, and its ends say that it will not be. */
export function isHopeless({ everReady, lastEnd, failures }: Life): boolean {
  if (everReady || lastEnd === null) return false;
  return lastEnd.how !== 'exit' || lastEnd.code === EXIT_CONFIG || failures >= EARLY_ENDS_MAX;
}

export function endInWords(end: End): string {
  if (end.how !== 'exit') return end.words;
  if (end.signal !== null) return `ended by ${end.signal}`;
  return end.code === EXIT_CONFIG ? 'ended with code 78 (its settings are wrong)' : `ended with code ${end.code}`;
}
