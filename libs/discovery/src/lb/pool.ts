import type { Random } from '../back-off.ts';
import type { Balancer } from './balancers/balancer.ts';
import type { Snapshot } from '../catalog.ts';
import { ejectionMs, isTooMuch, softEjectionsMax, TRIAL_MAX_MS, type EjectionReason } from './ejection.ts';
import { typicalLatencyMs, type Member } from './member.ts';
import { createMembership } from './membership.ts';
import { PeakEwma } from './peak-ewma.ts';
import type { Outcome } from '../outcome.ts';
import type { MemberState, Pick, PickOptions } from './pick.ts';
import { tiersOf, type Tiers } from './tiers.ts';
import type { UnejectionReason, UpstreamObserver } from './upstream-observer.ts';
import { Use, type Report } from './use.ts';

/** So many draws before the list is filtered, where what is excluded is a small part of it. */
const DRAWS_MAX = 4;

export interface PoolOptions {
  readonly balancer: Balancer;
  readonly random: Random;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  readonly observer?: UpstreamObserver | undefined;
}

/** The instances of one service with all that was seen of them. Talks to nobody. */
export class Pool {
  private readonly options: PoolOptions;
  private readonly membership = createMembership();
  private tiers: Tiers | undefined;
  /** Counts what was said of the instances, to tell what was said first. */
  private words = 0;

  constructor(options: PoolOptions) {
    this.options = options;
  }

  apply(snapshot: Snapshot): void {
    const removed = this.membership.apply(snapshot, this.options.nowMs());
    for (const member of removed) if (member.ejection) this.uneject(member, 'removed');
    this.tiers = undefined;
  }

  members(): readonly MemberState[] {
    const nowMs = this.options.nowMs();
    return this.membership.all().map((member) => member.stateAt(nowMs));
  }

  /** Somebody may be sent to whose last word, if any, was `ok`. */
  isAnyWell(): boolean {
    return this.membership.pool().some((member) => member.ejection === undefined && !member.isFailing);
  }

  pick({ exclude, only }: PickOptions = {}): Pick | undefined {
    const nowMs = this.options.nowMs();
    if (only !== undefined) {
      const named = this.membership.get(only);
      return named && this.use(named, nowMs, false);
    }
    const isFirst = exclude === undefined || exclude.size === 0;
    const { usable, failing, refusing, forTrial } = this.tiersAt(nowMs);
    // A second attempt has had its bad luck already, so trials are for first ones.
    const tried = isFirst ? forTrial[0] : undefined;
    if (tried?.ejection) {
      tried.ejection.trialUntilMs = nowMs + TRIAL_MAX_MS;
      this.tiers = undefined;
      return this.use(tried, nowMs, true);
    }
    const member =
      this.choose(usable, exclude, nowMs) ??
      this.choose(failing, exclude, nowMs) ??
      this.choose(refusing, exclude, nowMs);
    return member && this.use(member, nowMs, false);
  }

  private tiersAt(nowMs: number): Tiers {
    if (this.tiers === undefined || nowMs >= this.tiers.validUntilMs) {
      this.tiers = tiersOf(this.membership.pool(), nowMs);
    }
    return this.tiers;
  }

  private choose(tier: readonly Member[], exclude: ReadonlySet<string> | undefined, nowMs: number): Member | undefined {
    const { balancer } = this.options;
    const choice = { nowMs };
    if (exclude === undefined || exclude.size === 0 || tier.length === 0) return balancer.pick(tier, choice);
    for (let draw = 0; draw < DRAWS_MAX && exclude.size * 4 < tier.length; draw += 1) {
      const member = balancer.pick(tier, choice);
      if (member && !exclude.has(member.instance.id)) return member;
    }
    return balancer.pick(
      tier.filter((member) => !exclude.has(member.instance.id)),
      choice,
    );
  }

  private use(member: Member, nowMs: number, isTrial: boolean): Pick {
    member.inFlight += 1;
    return new Use({ member, beganAtMs: nowMs, isTrial, generation: member.generation }, this);
  }

  /** When a use was said to have shown something. */
  seen({ member, beganAtMs, isTrial, generation }: Report, outcome: Outcome): void {
    const nowMs = this.options.nowMs();
    if (outcome === 'ok') member.latency.answered(nowMs - beganAtMs, nowMs);
    else if (outcome !== 'unknown') member.latency.failed(nowMs - beganAtMs, nowMs);
    if (generation !== member.generation) return;
    if (isTrial && member.ejection) {
      member.ejection.trialUntilMs = 0;
      this.tiers = undefined;
    }
    if (outcome === 'ok') this.absolve(member, isTrial, nowMs);
    else if (outcome !== 'unknown') this.accuse(member, outcome, isTrial, nowMs);
  }

  /** When a use that had shown `ok` ended: the answer came whole, or it broke off. */
  ended({ member, generation }: Report, broken: boolean): void {
    if (!broken) {
      member.run.broken = 0;
      return;
    }
    const nowMs = this.options.nowMs();
    member.latency.failed(0, nowMs);
    if (generation === member.generation) this.accuse(member, 'broken', false, nowMs);
  }

  private absolve(member: Member, isTrial: boolean, nowMs: number): void {
    const { run } = member;
    this.words += 1;
    member.lastOkAt = this.words;
    run.timeouts = 0;
    run.errors = 0;
    if (member.ejection === undefined) return;
    const { usable } = this.tiersAt(nowMs);
    if (usable.length === 0) this.trySoon(nowMs);
    member.latency = new PeakEwma(typicalLatencyMs(usable, nowMs), nowMs);
    member.ejections = 0;
    run.broken = 0;
    this.uneject(member, isTrial ? 'probe_succeeded' : 'request_succeeded');
  }

  /** What all had in common is over. */
  private trySoon(nowMs: number): void {
    for (const member of this.membership.pool()) {
      if (member.ejection) member.ejection.untilMs = Math.min(member.ejection.untilMs, nowMs);
    }
  }

  private uneject(member: Member, reason: UnejectionReason): void {
    const { id: instance, service } = member.instance;
    member.ejection = undefined;
    this.tiers = undefined;
    this.options.observer?.onUnejected?.({ service, instance, reason });
  }

  private accuse(member: Member, fault: EjectionReason, isTrial: boolean, nowMs: number): void {
    const { run } = member;
    this.words += 1;
    if (!member.isFailing) run.beganAt = this.words;
    if (fault === 'timeout') run.timeouts += 1;
    else if (fault === 'broken') run.broken += 1;
    else run.errors += 1;
    if (fault === 'refused') {
      // Used although it is ejected, because there is nobody else: nothing new was learned.
      if (member.ejection === undefined || isTrial) this.eject(member, fault, nowMs);
      return;
    }
    if (member.ejection && !isTrial) return;
    if (!isTrial && !isTooMuch(run)) return;
    if (this.mayEject(member)) this.eject(member, fault, nowMs);
    else if (isTrial) this.uneject(member, 'ejection_limit');
  }

  private eject(member: Member, why: EjectionReason, nowMs: number): void {
    member.ejections += 1;
    member.generation += 1;
    const { id: instance, service } = member.instance;
    const times = member.ejections;
    const forMs = ejectionMs(why, times, this.options.random);
    member.ejection = { why, untilMs: nowMs + forMs, trialUntilMs: 0 };
    this.tiers = undefined;
    this.options.observer?.onEjected?.({ service, instance, reason: why, forMs, times });
  }

  /**
   * For what it answers: never too many, and only while another one is well, so that neither the last one nor all for a
   * fault that they share are ejected. An answer on its way since before the fault proves nothing where failures followed.
   */
  private mayEject(member: Member): boolean {
    const pool = this.membership.pool();
    const others = pool.filter((other) => other !== member);
    const ejected = others.filter(({ ejection }) => ejection !== undefined && ejection.why !== 'refused').length;
    const isAlone = others.some(
      (other) => other.ejection === undefined && other.lastOkAt > member.run.beganAt && !other.isFailing,
    );
    return isAlone && ejected < softEjectionsMax(pool.length);
  }
}
