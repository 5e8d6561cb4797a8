import type { Random } from '@nestfleet/timing';
import type { Snapshot } from '../catalog.ts';
import type { Balancer } from './balancers/balancer.ts';
import { PROBE_WAIT_MAX_MS } from './ejection.ts';
import { createMemberSet } from './member-set.ts';
import type { Member } from './member.ts';
import { OutlierDetection } from './outlier-detection.ts';
import type { MemberState, Pick, PickOptions } from './pick.ts';
import { tiersOf, type Tiers } from './tiers.ts';
import { TrackedPick } from './tracked-pick.ts';
import { createTrafficShare, type SlowStart, type TrafficShare } from './traffic-share.ts';
import type { UpstreamObserver } from './upstream-observer.ts';
import { splitByZone, type ZoneSplit } from './zone-split.ts';

/** So many draws before the list is filtered, where what is excluded is a small part of it. */
const DRAWS_MAX = 4;

export interface PoolOptions {
  readonly balancer: Balancer;
  readonly random: Random;
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  readonly observer?: UpstreamObserver | undefined;
  readonly slowStart?: SlowStart | undefined;
  /** The zone of this process. */
  readonly zone?: string | undefined;
}

/** Pool balances over the instances of one service, less those that outlier detection has ejected. No input or output. */
export class Pool {
  private readonly options: PoolOptions;
  private readonly set = createMemberSet();
  private readonly outliers: OutlierDetection;
  private readonly share: TrafficShare;
  private tiers: Tiers | undefined;
  private zones: ZoneSplit | undefined;
  private loweredUntilMs = 0;

  constructor(options: PoolOptions) {
    const { random, nowMs, observer, slowStart } = options;
    this.options = options;
    this.share = createTrafficShare(random, slowStart);
    this.outliers = new OutlierDetection({
      eligible: () => this.set.eligible(),
      random,
      nowMs,
      observer,
      onChange: () => (this.tiers = undefined),
    });
  }

  apply(snapshot: Snapshot): void {
    const removed = this.set.apply(snapshot, this.options.nowMs());
    for (const member of removed) this.outliers.remove(member);
    this.tiers = undefined;
  }

  members(): readonly MemberState[] {
    const nowMs = this.options.nowMs();
    return this.set.all().map((member) => member.stateAt(nowMs));
  }

  hasHealthyMember(): boolean {
    return this.outliers.hasHealthyMember();
  }

  pick({ exclude: tried, excludeOverloaded = false, only }: PickOptions = {}): Pick | undefined {
    const nowMs = this.options.nowMs();
    const exclude = excludeOverloaded ? this.withOverloaded(tried, nowMs) : tried;
    if (only !== undefined) {
      const named = this.set.get(only);
      return named && this.track(named, nowMs, false);
    }
    const isFirst = exclude === undefined || exclude.size === 0;
    const { usable, failing, refusing, probeable } = this.tiersAt(nowMs);
    // A second attempt has had its bad luck already, so probes are first attempts.
    const probed = isFirst ? probeable[0] : undefined;
    if (probed?.ejection) {
      probed.ejection.probeUntilMs = nowMs + PROBE_WAIT_MAX_MS;
      this.tiers = undefined;
      return this.track(probed, nowMs, true);
    }
    const member =
      this.choose(this.preferredOf(usable), exclude, nowMs) ??
      this.choose(usable, exclude, nowMs) ??
      // What a full one has not begun is not worth an attempt at one that is known to fail.
      (excludeOverloaded ? undefined : (this.choose(failing, exclude, nowMs) ?? this.choose(refusing, exclude, nowMs)));
    return member && this.track(member, nowMs, false);
  }

  /** Somebody can be picked who is not excluded. Nobody is. */
  hasOther(exclude: ReadonlySet<string>): boolean {
    return this.set.eligible().some(({ instance }) => !exclude.has(instance.id));
  }

  private withOverloaded(tried: ReadonlySet<string> | undefined, nowMs: number): ReadonlySet<string> {
    const full = this.set.eligible().filter(({ overloadedUntilMs }) => nowMs < overloadedUntilMs);
    return new Set([...(tried ?? []), ...full.map(({ instance }) => instance.id)]);
  }

  private tiersAt(nowMs: number): Tiers {
    if (this.tiers === undefined || nowMs >= this.tiers.validUntilMs) {
      this.tiers = tiersOf(this.set.eligible(), nowMs);
      const listed = this.set.all().filter(({ instance }) => instance.health !== 'maintenance');
      this.zones = splitByZone(this.options.zone, listed, this.tiers.usable);
      this.loweredUntilMs = this.share.loweredUntilMs(this.tiers.usable);
    }
    return this.tiers;
  }

  /** Those of the own zone or of the others, in turn by chance as each takes part; all where no zone is preferred. */
  private preferredOf(usable: readonly Member[]): readonly Member[] {
    if (this.zones === undefined) return usable;
    const { local, others, localShare } = this.zones;
    return localShare === 1 || this.options.random() < localShare ? local : others;
  }

  private choose(tier: readonly Member[], exclude: ReadonlySet<string> | undefined, nowMs: number): Member | undefined {
    const { balancer } = this.options;
    const choice = { nowMs };
    if (nowMs < this.loweredUntilMs) {
      const left = exclude === undefined ? tier : tier.filter((member) => !exclude.has(member.instance.id));
      return balancer.pick(this.share.draw(left, nowMs), choice);
    }
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

  private track(member: Member, nowMs: number, isProbe: boolean): Pick {
    member.inFlight += 1;
    return new TrackedPick({ member, beganAtMs: nowMs, isProbe, generation: member.generation }, this.outliers);
  }
}
