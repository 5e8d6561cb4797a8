import type { Instance } from '../instance.ts';
import type { Outcome } from '../outcome.ts';
import type { EjectionReason } from './ejection.ts';

/** An instance that was chosen for one use. */
export interface Pick {
  readonly instance: Instance;
  /** It was passed over, and this use shows whether it is well again. */
  readonly isTrial: boolean;
  /** As soon as it is known, for an HTTP answer with its head: latency counts up to here. The first word counts. */
  observe(outcome: Outcome): void;
  /**
   * When the use has ended; frees its place. `outcome` (default `unknown`) counts unless one was observed; `broken` counts
   * after an observed `ok` too. More calls do nothing.
   */
  release(outcome?: Outcome): void;
}

export interface PickOptions {
  /** Ids of instances that are not wanted. */
  exclude?: ReadonlySet<string> | undefined;
  /** This instance id and no other, whatever its state. */
  only?: string | undefined;
}

/** An instance as this process sees it. */
export interface MemberState {
  readonly instance: Instance;
  /** Uses that this process has running on it. */
  readonly inFlight: number;
  /** Smoothed latency with peaks and failures in it; what the default balancer compares. */
  readonly ewmaMs: number;
  /** For how much longer it is passed over; 0: it is not, or its time is over and one use at a time tries it. */
  readonly ejectedForMs: number;
  /** What it is passed over or on trial for; undefined: neither. */
  readonly why: EjectionReason | undefined;
}
