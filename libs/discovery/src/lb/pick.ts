import type { Instance } from '../instance.ts';
import type { Outcome } from '../outcome.ts';
import type { EjectionReason } from './ejection.ts';

/** Pick is an instance that was chosen for one request. */
export interface Pick {
  readonly instance: Instance;
  /** The half-open probe of an ejected instance: its outcome decides whether the ejection ends. */
  readonly isProbe: boolean;
  /** As soon as it is known, for an HTTP answer with its head: latency counts up to here. The first outcome counts. */
  observe(outcome: Outcome, options?: ObserveOptions): void;
  /**
   * When the request has ended; takes it out of flight. `outcome` (default `unknown`) counts unless one was observed; `broken` counts
   * after an observed `ok` or `unsuccessful` too. More calls do nothing.
   */
  release(outcome?: Outcome): void;
}

export interface ObserveOptions {
  /**
   * With `overloaded`: how long the instance is to get less, milliseconds (see `retryAfterIn`); it does while no
   * sibling is full too.
   * @default 1_000
   */
  retryAfterMs?: number | undefined;
}

export interface PickOptions {
  /** Ids of instances that are not wanted. */
  exclude?: ReadonlySet<string> | undefined;
  /**
   * Nor those that said of late that they are full, or are ejected: for a request that a full one has just refused.
   * @default false
   */
  excludeOverloaded?: boolean | undefined;
  /** This instance id and no other, whatever its state. */
  only?: string | undefined;
}

/** MemberState is an instance as this process sees it. */
export interface MemberState {
  readonly instance: Instance;
  /** Requests of this process that it is answering. */
  readonly inFlight: number;
  /** Smoothed latency with peaks and failures in it; what the default balancer compares. */
  readonly ewmaMs: number;
  /** For how much longer it is ejected; 0: it is not, or its time is over and it is probed. */
  readonly ejectedForMs: number;
  /** What it is ejected for, also while it is probed; undefined: it is not ejected. */
  readonly why: EjectionReason | undefined;
  /** Failures in a row of the kind that it is ejected for, of `success_rate` those of its interval; 0: it is not ejected. */
  readonly failures: number;
}
