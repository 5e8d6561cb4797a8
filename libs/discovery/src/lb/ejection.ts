import type { Random } from '../back-off.ts';
import type { Outcome } from '../outcome.ts';

/** EjectionReason is an outcome that counts against its instance. */
export type EjectionReason = Exclude<Outcome, 'ok' | 'unknown'>;

/** An instance is passed over until then; after it, one use at a time tries it until one is `ok`. */
export interface Ejection {
  readonly why: EjectionReason;
  untilMs: number;
  /** A trial is on its way, and is waited for until then; 0: none is. */
  trialUntilMs: number;
}

/** Failures since the last `ok`. */
export interface Run {
  timeouts: number;
  errors: number;
  /** Since the last answer that came whole: each began with an `ok`. */
  broken: number;
  /** Which word of all that were said of the service was the run's first. */
  beganAt: number;
}

const TIMEOUTS_MAX = 3;
/** 5xx and broken answers together. */
const ERRORS_MAX = 5;
/** Longest wait for what a trial shows: it may be a body that takes its time, and the instance is well meanwhile. */
export const TRIAL_MAX_MS = 10_000;
/** Upwards only, so that several gateways do not try a sick instance in step. */
const JITTER = 0.2;

export const freshRun = (): Run => ({ timeouts: 0, errors: 0, broken: 0, beganAt: 0 });

export function isTooMuch({ timeouts, errors, broken }: Run): boolean {
  return timeouts >= TIMEOUTS_MAX || errors + broken >= ERRORS_MAX;
}

/** How long for the `times`-th time in a row. Who refuses is gone or back soon; what is slow or failing takes longer. */
export function ejectionMs(why: EjectionReason, times: number, random: Random): number {
  const ms = why === 'refused' ? Math.min(1_000 * times, 30_000) : Math.min(10_000 * times, 120_000);
  return ms * (1 + JITTER * random());
}

/** Of `count` instances, how many may be ejected for what they answer: half of them, and of two or three one. */
export const softEjectionsMax = (count: number): number => Math.floor(count / 2);
