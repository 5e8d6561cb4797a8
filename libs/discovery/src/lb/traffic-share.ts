import type { Random } from '@nestfleet/timing';
import type { Member } from './member.ts';

/** SlowStart is how an instance that comes beside others gets its share of the traffic, as Envoy's `slow_start_config`. */
export interface SlowStart {
  /**
   * Milliseconds until it has its whole share; 0: at once. Long enough for a process to compile what its first hundreds of
   * requests run, and short enough that who scales up under load has the relief in seconds.
   *
   * @default 5_000
   */
  readonly windowMs?: number | undefined;
  /**
   * The share grows by (time / window) ^ (1 / aggression): 1 in proportion, more than 1 faster in the beginning.
   *
   * @default 1
   */
  readonly aggression?: number | undefined;
  /**
   * Its share in the beginning, as a part of the whole one, from 0 to 1.
   *
   * @default 0.1
   */
  readonly minWeight?: number | undefined;
}

/** The share of an instance that said that it is full: it still works, at its own pace. */
const OVERLOADED_WEIGHT = 0.2;

/** TrafficShare lowers the share of single members for a time: of those in slow start, and of those that said that they are full. */
export interface TrafficShare {
  /** Until when the share of some member may be lowered; what is kept of a list is good as long as its members are. */
  loweredUntilMs(members: readonly Member[]): number;
  /**
   * The members of one pick: each with a chance in proportion to its weight, and those of the greatest weight for sure, so
   * that the list is empty only where it was. Before the choice of the balancer, which may then be any.
   */
  draw(members: readonly Member[], nowMs: number): readonly Member[];
}

export function createTrafficShare(random: Random, slowStart: SlowStart = {}): TrafficShare {
  const { windowMs = 5_000, aggression = 1, minWeight = 0.1 } = slowStart;

  const slowStartWeight = ({ joinedAtMs }: Member, nowMs: number): number =>
    nowMs - joinedAtMs >= windowMs
      ? 1
      : Math.max(minWeight, Math.max(0, (nowMs - joinedAtMs) / windowMs) ** (1 / aggression));

  return {
    loweredUntilMs: (members) =>
      members.reduce(
        (latestMs, { joinedAtMs, overloadedUntilMs }) => Math.max(latestMs, joinedAtMs + windowMs, overloadedUntilMs),
        0,
      ),
    draw(members, nowMs) {
      const isFull = ({ overloadedUntilMs }: Member): boolean => overloadedUntilMs > nowMs;
      // What a sibling says too is no matter of one: Redis is away, or all have too much to do.
      const isHeeded = members.filter(isFull).length === 1;
      // Where requests come one by one there is no load that a newcomer would have to be spared.
      const isBusy = members.reduce((sum, { inFlight }) => sum + inFlight, 0) >= members.length;
      const weights = members.map((member) =>
        Math.min(isBusy ? slowStartWeight(member, nowMs) : 1, isHeeded && isFull(member) ? OVERLOADED_WEIGHT : 1),
      );
      const greatest = Math.max(...weights);
      if (greatest === 0) return members;
      return members.filter((_, at) => random() * greatest < (weights[at] ?? 0));
    },
  };
}
