import type { Snapshot } from '../catalog.ts';
import { Member, typicalLatencyMs } from './member.ts';

/** Longer than any ejection: an instance that comes back with its id is what it was. */
const GONE_KEPT_MS = 150_000;
/** Panic threshold: below this share of passing ones among the passing and the critical, the checks are mistrusted. */
const PANIC_SHARE = 0.5;

const byId = (a: Member, b: Member): number => (a.instance.id < b.instance.id ? -1 : 1);

/** MemberSet is the members of a pool by what the catalog says. */
export interface MemberSet {
  /**
   * Applies a snapshot as a difference by id: what is known about an instance survives every change around it. Returns
   * the members that are dropped.
   */
  apply(snapshot: Snapshot, nowMs: number): readonly Member[];
  get(id: string): Member | undefined;
  /** Whatever their health, sorted by id. */
  all(): readonly Member[];
  /** Those that may be sent to, sorted by id: the passing, and in panic the critical too; never one in maintenance. */
  eligible(): readonly Member[];
}

export function createMemberSet(): MemberSet {
  const known = new Map<string, Member>();
  let all: readonly Member[] = [];
  /** The catalog has answered, so what it did not list then came later. */
  let isComplete = false;
  let eligible: readonly Member[] = [];

  return {
    apply({ instances, error, cached }, nowMs) {
      const dropped: Member[] = [];
      const present = new Set(instances.map((instance) => instance.id));
      for (const [id, member] of known) {
        if (present.has(id)) continue;
        member.goneAtMs ??= nowMs;
        if (nowMs - member.goneAtMs <= GONE_KEPT_MS) continue;
        known.delete(id);
        dropped.push(member);
      }
      const startMs = typicalLatencyMs(all, nowMs);
      for (const instance of instances) {
        const member = known.get(instance.id);
        if (member === undefined) {
          const added = new Member(instance, startMs, nowMs);
          if (isComplete && all.length > 0) added.joinedAtMs = nowMs;
          known.set(instance.id, added);
          continue;
        }
        member.instance = instance;
        member.goneAtMs = undefined;
      }
      all = [...known.values()].filter((member) => member.goneAtMs === undefined).toSorted(byId);
      const passing = all.filter((member) => member.instance.health === 'passing');
      const routable = all.filter((member) => member.instance.health !== 'maintenance');
      eligible = passing.length < routable.length * PANIC_SHARE ? routable : passing;
      isComplete ||= error === undefined && cached === undefined;
      return dropped;
    },
    get(id) {
      const member = known.get(id);
      return member?.goneAtMs === undefined ? member : undefined;
    },
    all: () => all,
    eligible: () => eligible,
  };
}
