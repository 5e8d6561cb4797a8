import type { Random } from '@nestfleet/timing';
import type { Outcome } from '../outcome.ts';
import { ejectionMs, ejectionsMax, exceedsThreshold, type EjectionReason, type FailureOutcome } from './ejection.ts';
import { typicalLatencyMs, type Member } from './member.ts';
import { PeakEwma } from './peak-ewma.ts';
import type { ObserveOptions } from './pick.ts';
import { isCommon, isOutlier, noRequests, SUCCESS_RATE_INTERVAL_MS, sumOf } from './success-rate.ts';
import type { OutcomeRecorder, PickRecord } from './tracked-pick.ts';
import type { UnejectionReason, UpstreamObserver } from './upstream-observer.ts';

/** An instance that is full gets less for so long, unless it says for how long, milliseconds. */
const OVERLOADED_MS = 1_000;

export interface OutlierDetectionOptions {
  /** The members that may be sent to. */
  readonly eligible: () => readonly Member[];
  readonly random: Random;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  readonly observer: UpstreamObserver | undefined;
  /** After every ejection, its end, and the end of a probe. */
  readonly onChange: () => void;
}

const failureRateOf = ({ counts }: Member): number => counts.failures / Math.max(counts.requests, 1);

/** Failures that are compared between siblings. Who refuses is ejected at once. */
const COMPARED: ReadonlySet<Outcome> = new Set(['error', 'timeout', 'broken']);

/**
 * OutlierDetection ejects a member whose own requests fail while another member is healthy, in a row or more often than
 * its siblings', and ends the ejection with a half-open probe; the reasons, times and limits are in ejection.ts and
 * success-rate.ts.
 */
export class OutlierDetection implements OutcomeRecorder {
  private readonly options: OutlierDetectionOptions;
  /** Orders the outcomes of all members: which of two came first. */
  private sequence = 0;
  private intervalEndsAtMs = 0;

  constructor(options: OutlierDetectionOptions) {
    this.options = options;
  }

  /** A member may be sent to whose last outcome, if any, was an answer without a fault. */
  hasHealthyMember(): boolean {
    return this.options.eligible().some((member) => member.ejection === undefined && !member.isFailing);
  }

  recordOutcome(pick: PickRecord, outcome: Outcome, options?: ObserveOptions): void {
    const { member, beganAtMs, isProbe, generation } = pick;
    const nowMs = this.options.nowMs();
    if (nowMs >= this.intervalEndsAtMs) this.endInterval(nowMs);
    if (outcome === 'overloaded') {
      this.recordOverload(pick, nowMs, options?.retryAfterMs);
      return;
    }
    const isAnswer = outcome === 'ok' || outcome === 'unsuccessful';
    if (isAnswer) member.recordAnswer(outcome === 'ok', nowMs - beganAtMs, nowMs);
    else if (outcome !== 'unknown') member.latency.failed(nowMs - beganAtMs, nowMs);
    if (generation !== member.generation) return;
    if (member.ejection === undefined) {
      if (isAnswer || COMPARED.has(outcome)) member.counts.requests += 1;
      pick.countedIn = member.counts;
      if (COMPARED.has(outcome)) member.counts.failures += 1;
    }
    if (isProbe && member.ejection) {
      member.ejection.probeUntilMs = 0;
      this.options.onChange();
    }
    if (isAnswer) this.recordSuccess(member, isProbe, nowMs);
    else if (outcome !== 'unknown') this.recordFailure(member, outcome, isProbe, nowMs);
  }

  recordEnd({ member, generation, countedIn }: PickRecord, isBroken: boolean): void {
    if (!isBroken) {
      member.failures.broken = 0;
      return;
    }
    const nowMs = this.options.nowMs();
    member.latency.failed(0, nowMs);
    if (generation !== member.generation) return;
    if (member.ejection === undefined) {
      // As a request it was counted when its answer began, which may have been in an interval that is over.
      if (countedIn !== member.counts) member.counts.requests += 1;
      member.counts.failures += 1;
    }
    this.recordFailure(member, 'broken', false, nowMs);
  }

  /** Drops the ejection of a member that the catalog no longer lists. */
  remove(member: Member): void {
    if (member.ejection) this.uneject(member, 'removed');
  }

  /** Neither a failure nor a success, however quick: it has done nothing. A probe that met it says nothing, and comes again. */
  private recordOverload({ member, isProbe, generation }: PickRecord, nowMs: number, forMs = OVERLOADED_MS): void {
    member.overloadedUntilMs = nowMs + forMs;
    if (isProbe && member.ejection && generation === member.generation) {
      member.ejection.probeUntilMs = 0;
      member.ejection.untilMs = Math.max(member.ejection.untilMs, member.overloadedUntilMs);
    }
    this.options.onChange();
  }

  private recordSuccess(member: Member, isProbe: boolean, nowMs: number): void {
    const { failures } = member;
    this.sequence += 1;
    member.lastSuccessSeq = this.sequence;
    failures.timeouts = 0;
    failures.errors = 0;
    if (member.ejection === undefined) return;
    const eligible = this.options.eligible();
    if (eligible.every(({ ejection }) => ejection !== undefined)) this.probeSoon(nowMs);
    member.latency = new PeakEwma(typicalLatencyMs(eligible, nowMs), nowMs);
    member.ejectionsInRow = 0;
    failures.broken = 0;
    this.uneject(member, isProbe ? 'probe_succeeded' : 'request_succeeded');
  }

  private recordFailure(member: Member, reason: FailureOutcome, isProbe: boolean, nowMs: number): void {
    const { failures } = member;
    this.sequence += 1;
    if (!member.isFailing) failures.firstSeq = this.sequence;
    if (reason === 'timeout') failures.timeouts += 1;
    else if (reason === 'broken') failures.broken += 1;
    else failures.errors += 1;
    if (reason === 'refused') {
      // Sent to although it is ejected, because nobody else was left: that it refuses was known.
      if (member.ejection === undefined || isProbe) this.eject(member, reason, nowMs);
      return;
    }
    if (member.ejection && !isProbe) return;
    if (!isProbe && !exceedsThreshold(failures)) return;
    if (!isProbe && reason === 'error' && this.isFaultOfAll(member)) return;
    if (this.isWithinLimit(member, failures.firstSeq)) this.eject(member, reason, nowMs);
    else if (isProbe) this.uneject(member, 'ejection_limit');
  }

  /** Whether one fails more often than its siblings is then a matter of the success rate. */
  private isFaultOfAll(member: Member): boolean {
    const { version } = member.instance.meta;
    const siblings = this.options
      .eligible()
      .filter((each) => each !== member && each.ejection === undefined && each.instance.meta.version === version);
    return isCommon(sumOf(siblings.flatMap(({ counts, countsBefore }) => [counts, countsBefore])));
  }

  private eject(member: Member, reason: EjectionReason, nowMs: number): void {
    member.generation += 1;
    const { id: instance, service } = member.instance;
    const times = reason === 'success_rate' ? (member.successRateEjections += 1) : (member.ejectionsInRow += 1);
    const forMs = ejectionMs(reason, times, this.options.random);
    member.ejection = { why: reason, untilMs: nowMs + forMs, probeUntilMs: 0 };
    this.options.onChange();
    this.options.observer?.onEjected?.({ service, instance, reason, forMs, times });
  }

  private uneject(member: Member, reason: UnejectionReason): void {
    const { id: instance, service } = member.instance;
    member.ejection = undefined;
    member.counts = noRequests();
    this.options.onChange();
    this.options.observer?.onUnejected?.({ service, instance, reason });
  }

  /**
   * Compares the members of each version with each other, the worst first. There is no timer: the first outcome after an
   * interval ends it, and one that is over for long says nothing of now.
   */
  private endInterval(nowMs: number): void {
    const isRecent = nowMs - this.intervalEndsAtMs < SUCCESS_RATE_INTERVAL_MS;
    this.intervalEndsAtMs = nowMs + SUCCESS_RATE_INTERVAL_MS;
    const used = this.options.eligible().filter(({ ejection }) => ejection === undefined);
    if (isRecent) {
      for (const group of Map.groupBy(used, ({ instance }) => instance.meta.version).values())
        this.compare(group, nowMs);
    }
    for (const member of used) {
      if (member.ejection !== undefined) continue;
      member.countsBefore = isRecent ? member.counts : noRequests();
      member.counts = noRequests();
    }
  }

  private compare(siblings: readonly Member[], nowMs: number): void {
    let left = siblings.toSorted((a, b) => failureRateOf(b) - failureRateOf(a));
    for (const member of left) {
      const others = left.filter((other) => other !== member);
      const verdict = isOutlier(member.counts, sumOf(others.map(({ counts }) => counts)));
      if (verdict === false) member.successRateEjections = Math.max(0, member.successRateEjections - 1);
      if (verdict !== true || !this.isWithinLimit(member, 0)) continue;
      left = others;
      this.eject(member, 'success_rate', nowMs);
    }
  }

  /** Ends the time of all ejections: what the ejected had in common is over. */
  private probeSoon(nowMs: number): void {
    for (const { ejection } of this.options.eligible()) {
      if (ejection) ejection.untilMs = Math.min(ejection.untilMs, nowMs);
    }
  }

  /**
   * For what it answers: never too many, and only while another one is healthy, so that neither the last one nor all for
   * a fault that they share are ejected. An answer on its way since before the fault proves nothing where failures
   * followed.
   */
  private isWithinLimit(member: Member, sinceSeq: number): boolean {
    const eligible = this.options.eligible();
    const others = eligible.filter((other) => other !== member);
    const ejected = others.filter(({ ejection }) => ejection !== undefined && ejection.why !== 'refused').length;
    const isAlone = others.some(
      (other) => other.ejection === undefined && other.lastSuccessSeq > sinceSeq && !other.isFailing,
    );
    return isAlone && ejected < ejectionsMax(eligible.length);
  }
}
