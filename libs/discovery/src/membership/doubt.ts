import type { Snapshot } from '../catalog.ts';
import type { Instance } from '../instance.ts';
import type { StoredSet } from './stored-set.ts';

/**
 * What is believed of one service. An instance is vouched for by the catalog, or it is a suspect: one that vanished with
 * more than half of its kind and without maintenance, or one that a former process wrote down. A suspect is only as good
 * as its own last answer.
 */
export interface Doubt {
  /** Before the first snapshot: what a former process knew. None of it is used before it has answered. */
  recall(stored: StoredSet): void;
  hear(snapshot: Snapshot): void;
  /** How a suspect answered when asked who it is. True when that changes the set. */
  judge(id: string, isItself: boolean): boolean;
  suspects(): readonly Instance[];
  /** The set to use now: what the catalog says, and the suspects that speak for themselves. */
  view(): Snapshot;
}

interface Suspect {
  readonly instance: Instance;
  /** In use. A vanished one is until it fails to answer, a recalled one once it has answered. */
  isTrusted: boolean;
}

const byId = (a: Instance, b: Instance): number => (a.id < b.id ? -1 : 1);

/** Pure but for its own state: no clock, no network. */
export function createDoubt(): Doubt {
  const suspects = new Map<string, Suspect>();
  let heard: Snapshot = { instances: [], asOfMs: 0 };
  let recalled: StoredSet | undefined;
  let hasAnswer = false;

  /** A loss of up to half is news; a greater one, out of nothing, is more likely a registry that lost its memory. */
  function hearAnswer(instances: readonly Instance[]): void {
    const present = new Set(instances.map(({ id }) => id));
    const before = hasAnswer
      ? heard.instances.filter(({ health }) => health === 'passing')
      : (recalled?.instances ?? []);
    const lost = before.filter(({ id }) => !present.has(id));
    const isSudden = lost.length * 2 > before.length;
    for (const id of suspects.keys()) if (present.has(id) || (!hasAnswer && !isSudden)) suspects.delete(id);
    if (hasAnswer && isSudden) for (const instance of lost) suspects.set(instance.id, { instance, isTrusted: true });
    hasAnswer = true;
  }

  return {
    recall(stored) {
      recalled = stored;
      for (const instance of stored.instances) suspects.set(instance.id, { instance, isTrusted: false });
    },
    hear(snapshot) {
      if (snapshot.error === undefined) hearAnswer(snapshot.instances);
      heard = snapshot;
    },
    judge(id, isItself) {
      const suspect = suspects.get(id);
      if (suspect === undefined) return false;
      const wasTrusted = suspect.isTrusted;
      suspect.isTrusted = isItself;
      // While the catalog has not spoken yet, one that does not answer now may do so later.
      if (!isItself && hasAnswer) suspects.delete(id);
      return wasTrusted !== isItself;
    },
    suspects: () => [...suspects.values()].map(({ instance }) => instance),
    view() {
      const trusted = [...suspects.values()].filter(({ isTrusted }) => isTrusted).map(({ instance }) => instance);
      if (trusted.length === 0) return heard;
      const instances = [...heard.instances, ...trusted].toSorted(byId);
      return hasAnswer || recalled === undefined
        ? { ...heard, instances }
        : { ...heard, instances, asOfMs: recalled.asOfMs, cached: true };
    },
  };
}
