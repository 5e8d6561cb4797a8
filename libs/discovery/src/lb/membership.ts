import type { Snapshot } from '../catalog.ts';
import { Member, typicalLatencyMs } from './member.ts';

/** Longer than any ejection: an instance that comes back with its id is what it was. */
const GONE_KEPT_MS = 150_000;
/** Below this share of passing ones among the passing and the critical, the checks are doubted more than the instances. */
const PANIC_SHARE = 0.5;

const byId = (a: Member, b: Member): number => (a.instance.id < b.instance.id ? -1 : 1);

/** Who is there, by what the catalog says. */
export interface Membership {
  /** Takes over a snapshot as a difference by id: what is known about an instance survives every change around it. Returns those that are forgotten. */
  apply(snapshot: Snapshot, nowMs: number): readonly Member[];
  get(id: string): Member | undefined;
  /** Whatever their health, sorted by id. */
  all(): readonly Member[];
  /** Those that may be sent to, sorted by id: the passing, and in panic the critical too; never one in maintenance. */
  pool(): readonly Member[];
}

export function createMembership(): Membership {
  const known = new Map<string, Member>();
  let all: readonly Member[] = [];
  let pool: readonly Member[] = [];

  return {
    apply({ instances }, nowMs) {
      const forgotten: Member[] = [];
      const present = new Set(instances.map((instance) => instance.id));
      for (const [id, member] of known) {
        if (present.has(id)) continue;
        member.goneAtMs ??= nowMs;
        if (nowMs - member.goneAtMs <= GONE_KEPT_MS) continue;
        known.delete(id);
        forgotten.push(member);
      }
      const startMs = typicalLatencyMs(all, nowMs);
      for (const instance of instances) {
        const member = known.get(instance.id);
        if (member === undefined) {
          known.set(instance.id, new Member(instance, startMs, nowMs));
          continue;
        }
        member.instance = instance;
        member.goneAtMs = undefined;
      }
      all = [...known.values()].filter((member) => member.goneAtMs === undefined).toSorted(byId);
      const passing = all.filter((member) => member.instance.health === 'passing');
      const routable = all.filter((member) => member.instance.health !== 'maintenance');
      pool = passing.length < routable.length * PANIC_SHARE ? routable : passing;
      return forgotten;
    },
    get(id) {
      const member = known.get(id);
      return member?.goneAtMs === undefined ? member : undefined;
    },
    all: () => all,
    pool: () => pool,
  };
}
