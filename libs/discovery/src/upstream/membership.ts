import type { Candidate } from '../balancers/balancer.ts';
import type { Snapshot } from '../catalog.ts';
import type { Instance } from '../instance.ts';

/** A candidate whose numbers this process may change. */
export interface Member extends Candidate {
  instance: Instance;
  inFlight: number;
}

export interface Membership {
  /** Whatever their health, sorted by id. */
  all(): readonly Member[];
  /** Takes over a snapshot as a difference by id: what is known about an instance survives every change around it. */
  apply(snapshot: Snapshot): void;
  /** Passing members, sorted by id, without the excluded. */
  passing(exclude?: ReadonlySet<string>): readonly Member[];
}

export function createMembership(): Membership {
  const members = new Map<string, Member>();
  let all: readonly Member[] = [];
  let passing: readonly Member[] = [];
  return {
    all: () => all,
    apply({ instances }) {
      const present = new Set(instances.map((instance) => instance.id));
      for (const id of members.keys()) if (!present.has(id)) members.delete(id);
      for (const instance of instances) {
        const member = members.get(instance.id);
        if (member) member.instance = instance;
        else members.set(instance.id, { instance, inFlight: 0 });
      }
      all = [...members.values()].toSorted((a, b) => (a.instance.id < b.instance.id ? -1 : 1));
      passing = all.filter((member) => member.instance.health === 'passing');
    },
    passing: (exclude) =>
      exclude === undefined || exclude.size === 0
        ? passing
        : passing.filter((member) => !exclude.has(member.instance.id)),
  };
}
