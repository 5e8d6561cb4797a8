import type { Candidate } from './balancers/balancer.ts';
import type { Instance } from '../instance.ts';
import { failuresOf, noFailures, type Ejection, type EjectionReason, type FailureStreak } from './ejection.ts';
import { PeakEwma } from './peak-ewma.ts';
import type { MemberState } from './pick.ts';
import { noRequests, type RequestCounts } from './success-rate.ts';

/** So many answers the share of unsuccessful ones is of. */
const ANSWERS = 256;

/** Member is one instance with all that this process has measured of it, kept by id through whatever the catalog says. */
export class Member implements Candidate {
  instance: Instance;
  inFlight = 0;
  latency: PeakEwma;
  unsuccessfulShare = 0;
  failures: FailureStreak = noFailures();
  /** Sequence number of its last `ok`; 0: none yet. */
  lastSuccessSeq = 0;
  ejection: Ejection | undefined;
  ejectionsInRow = 0;
  /** Of the interval; while it is ejected those until then. */
  counts: RequestCounts = noRequests();
  /** Of the interval before. */
  countsBefore: RequestCounts = noRequests();
  /** Ejections by its success rate, less the intervals since in which that was well: one good probe proves nothing here. */
  successRateEjections = 0;
  /** Grows with each ejection: the outcome of a pick from before it no longer counts. */
  generation = 0;
  /** When it came beside others; one that was there from the beginning has been there for ever. */
  joinedAtMs = -Infinity;
  /** It said that it is full, and gets less until then. */
  overloadedUntilMs = 0;
  /** When the catalog ceased to list it. */
  goneAtMs: number | undefined;

  constructor(instance: Instance, startMs: number, nowMs: number) {
    this.instance = instance;
    this.latency = new PeakEwma(startMs, nowMs);
  }

  /** A quick answer that is no success does not make it quick: it did nothing. */
  recordAnswer(isSuccess: boolean, ms: number, nowMs: number): void {
    this.unsuccessfulShare += ((isSuccess ? 0 : 1) - this.unsuccessfulShare) / ANSWERS;
    if (isSuccess || ms > this.latency.read(nowMs)) this.latency.answered(ms, nowMs);
  }

  latencyMs(nowMs: number): number {
    return this.latency.latencyMs(nowMs);
  }

  get isFailing(): boolean {
    return this.failures.timeouts + this.failures.errors + this.failures.broken > 0;
  }

  stateAt(nowMs: number): MemberState {
    return {
      instance: this.instance,
      inFlight: this.inFlight,
      ewmaMs: this.latency.read(nowMs),
      ejectedForMs: Math.max(0, (this.ejection?.untilMs ?? 0) - nowMs),
      why: this.ejection?.why,
      failures: this.failuresOf(this.ejection?.why),
    };
  }

  private failuresOf(why: EjectionReason | undefined): number {
    if (why === undefined) return 0;
    return why === 'success_rate' ? this.counts.failures : failuresOf(this.failures, why);
  }
}

/** The latency that an instance begins with: the median of those that are not ejected, 0 where there are none. */
export function typicalLatencyMs(members: readonly Member[], nowMs: number): number {
  const sorted = members
    .filter((member) => member.ejection === undefined)
    .map((member) => member.latency.read(nowMs))
    .toSorted((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? 0;
}
