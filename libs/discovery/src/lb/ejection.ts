import type { Random } from '@nestfleet/timing';
import type { Outcome } from '../outcome.ts';

/** FailureOutcome is an outcome that counts against its instance. */
export type FailureOutcome = Exclude<Outcome, 'ok' | 'unsuccessful' | 'overloaded' | 'unknown'>;

/** EjectionReason is the outcome that an instance was ejected for, or that it fails more often than its siblings. */
export type EjectionReason = FailureOutcome | 'success_rate';

/**
 * Ejection keeps requests from a member until its time is over, then lets one probe at a time through until one is answered
 * without a fault.
 */
export interface Ejection {
  readonly why: EjectionReason;
  untilMs: number;
  /** A probe is on its way, and is waited for until then; 0: none is. */
  probeUntilMs: number;
}

/** FailureStreak counts the failures of a member since its last answer without a fault. */
export interface FailureStreak {
  timeouts: number;
  errors: number;
  /** Since the last answer that came whole: each began with one. */
  broken: number;
  /** Sequence number of the first outcome of the streak. */
  firstSeq: number;
}

const TIMEOUTS_MAX = 3;
/** 5xx and broken answers together. */
const ERRORS_MAX = 5;
/** Longest wait for the outcome of a probe: it may be a body that takes its time, and the instance is healthy meanwhile. */
export const PROBE_WAIT_MAX_MS = 10_000;
/** Upwards only, so that several gateways do not probe a failing instance in step. */
const JITTER = 0.2;

export const noFailures = (): FailureStreak => ({ timeouts: 0, errors: 0, broken: 0, firstSeq: 0 });

export function exceedsThreshold({ timeouts, errors, broken }: FailureStreak): boolean {
  return timeouts >= TIMEOUTS_MAX || errors + broken >= ERRORS_MAX;
}

/** failuresOf is how many failures of one kind came in a row; 5xx, broken and refused are one kind. */
export const failuresOf = ({ timeouts, errors, broken }: FailureStreak, reason: FailureOutcome): number =>
  reason === 'timeout' ? timeouts : errors + broken;

/** How long for the `times`-th time in a row. Who refuses is gone or back soon; what is slow or failing takes longer. */
export function ejectionMs(why: EjectionReason, times: number, random: Random): number {
  const ms = why === 'refused' ? Math.min(1_000 * times, 30_000) : Math.min(10_000 * times, 120_000);
  return ms * (1 + JITTER * random());
}

/** Of `count` instances, how many may be ejected for what they answer: half of them, and of two or three one. */
export const ejectionsMax = (count: number): number => Math.floor(count / 2);
