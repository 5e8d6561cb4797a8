import type { Snapshot } from '../catalog.ts';
import type { Instance } from '../instance.ts';
import type { StoredSet } from './stored-set.ts';

/**
 * MassLossProtection holds the instances of one service that the catalog does not confirm: those that vanished with more
 * than half of the passing ones and without maintenance, and those of the last-known-good cache. Such an instance is used
 * only as long as it confirms itself.
 */
export interface MassLossProtection {
  /** Before the first snapshot: the last-known-good set. None of it is used before it has confirmed itself. */
  load(stored: StoredSet): void;
  update(snapshot: Snapshot): void;
  /** Whether an unconfirmed instance answered as itself. True when that changes the set. */
  recordReply(id: string, isItself: boolean): boolean;
  unconfirmed(): readonly Instance[];
  /** The set to use now: what the catalog lists, and the unconfirmed that confirm themselves. */
  view(): Snapshot;
}

interface Unconfirmed {
  readonly instance: Instance;
  /** A vanished one is used until it fails to answer, a cached one once it has answered. */
  isUsed: boolean;
}

const byId = (a: Instance, b: Instance): number => (a.id < b.id ? -1 : 1);

/** Pure but for its own state: no clock, no network. */
export function createMassLossProtection(): MassLossProtection {
  const unconfirmed = new Map<string, Unconfirmed>();
  let latest: Snapshot = { instances: [], asOfMs: 0 };
  let cached: StoredSet | undefined;
  let hasAnswer = false;

  /** A loss of up to half is taken as it is; a greater one at once is more likely a registry that lost its data. */
  function applyAnswer(instances: readonly Instance[]): void {
    const present = new Set(instances.map(({ id }) => id));
    const before = hasAnswer
      ? latest.instances.filter(({ health }) => health === 'passing')
      : (cached?.instances ?? []);
    const lost = before.filter(({ id }) => !present.has(id));
    const isMassLoss = lost.length * 2 > before.length;
    for (const id of unconfirmed.keys()) if (present.has(id) || (!hasAnswer && !isMassLoss)) unconfirmed.delete(id);
    if (hasAnswer && isMassLoss) for (const instance of lost) unconfirmed.set(instance.id, { instance, isUsed: true });
    hasAnswer = true;
  }

  return {
    load(stored) {
      cached = stored;
      for (const instance of stored.instances) unconfirmed.set(instance.id, { instance, isUsed: false });
    },
    update(snapshot) {
      // A newer answer with an error is one too: a catalog may list, and fail to watch.
      if (snapshot.error === undefined || snapshot.asOfMs > latest.asOfMs) applyAnswer(snapshot.instances);
      latest = snapshot;
    },
    recordReply(id, isItself) {
      const one = unconfirmed.get(id);
      if (one === undefined) return false;
      const wasUsed = one.isUsed;
      one.isUsed = isItself;
      // While the catalog has not answered yet, one that does not answer now may do so later.
      if (!isItself && hasAnswer) unconfirmed.delete(id);
      return wasUsed !== isItself;
    },
    unconfirmed: () => [...unconfirmed.values()].map(({ instance }) => instance),
    view() {
      const used = [...unconfirmed.values()].filter(({ isUsed }) => isUsed).map(({ instance }) => instance);
      if (used.length === 0) return latest;
      const instances = [...latest.instances, ...used].toSorted(byId);
      return hasAnswer || cached === undefined
        ? { ...latest, instances }
        : { ...latest, instances, asOfMs: cached.asOfMs, cached: true };
    },
  };
}
