import { backOffMs, pause, type Random } from '../back-off.ts';
import type { Registrar, RegistryEntry } from '../catalog.ts';
import { reasonOf } from '../errors.ts';
import type { Instance } from '../instance.ts';
import type { Log } from '../log.ts';
import { isOrphan } from './orphan.ts';

/** This replica's entry in the registry, as a wish that is kept true. Touches no entry but its own and its orphans. */
export interface Registration {
  readonly id: string;
  /** To be called once the replica listens. Never blocks and never throws: tries until it is done, then keeps watch. */
  announce(): void;
  /**
   * Asks callers to leave this replica alone, or takes that back. Resolves when the registry has it. Rejects with a
   * DiscoveryError when the registry cannot be reached now; the wish stays and is carried out as soon as it can be.
   */
  maintenance(on: boolean): Promise<void>;
  /** Removes the entry, final. Tries three times, then rejects: the registry removes it itself after a minute. */
  withdraw(): Promise<void>;
}

export interface RegistrationOptions {
  entry: RegistryEntry;
  registrar: Registrar;
  log: Log;
  random: Random;
  /** Aborting it stops the upkeep and leaves the entry as it is. */
  signal: AbortSignal;
  /** Time between two looks at the registry, less or more by up to a fifth at random. Default 4,000. */
  intervalMs?: number;
}

const RETRY = { baseMs: 100, capMs: 1_000 };
const WITHDRAW_ATTEMPTS = 3;

/** What others read of an entry, in one order. */
function faceOf({ address, port, tags, meta, weight }: Instance | RegistryEntry): string {
  const sortedMeta = Object.entries(meta).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([address, port, tags.toSorted(), sortedMeta, weight]);
}

export function createRegistration(options: RegistrationOptions): Registration {
  const { entry, registrar, log, random, signal, intervalMs = 4_000 } = options;
  const wish = { present: false, maintenance: false, over: false };
  let running = Promise.resolve();
  let failures = 0;
  let next: NodeJS.Timeout | undefined;
  let beats: NodeJS.Timeout | undefined;

  /** Makes the registry match the wish, whatever it holds: nothing after it was wiped, something else, or the same. */
  async function reconcile(): Promise<void> {
    if (wish.over || !wish.present) return;
    const listed = await registrar.list(entry.service);
    const own = listed.find((instance) => instance.id === entry.id);
    if (own === undefined || faceOf(own) !== faceOf(entry)) {
      // Born passing: it is announced only after it listens. While it drains it must not be born passing for an instant.
      await registrar.register(entry, wish.maintenance ? 'critical' : 'passing');
      log.info({ instance_id: entry.id, was: own === undefined ? 'missing' : 'different' }, 'registered');
    }
    if ((own?.health === 'maintenance') !== wish.maintenance) await registrar.maintenance(entry.id, wish.maintenance);
    for (const orphan of listed.filter((instance) => isOrphan(instance, entry))) {
      await registrar.deregister(orphan.id);
      log.info({ instance_id: entry.id, orphan_id: orphan.id }, 'removed the entry of an earlier run in this slot');
    }
  }

  function schedule(): void {
    clearTimeout(next);
    if (wish.over || !wish.present || signal.aborted) return;
    const delayMs = failures > 0 ? backOffMs(failures, RETRY, random) : intervalMs * (0.8 + 0.4 * random());
    // Not a reason to keep a process alive that has nothing else to do.
    next = setTimeout(() => void settle().catch(() => undefined), delayMs).unref();
  }

  /** One reconcile after the other, so that a late answer never undoes a newer wish. */
  function settle(): Promise<void> {
    const run = running.then(async () => {
      try {
        await reconcile();
        if (failures > 0) log.info({ instance_id: entry.id, failures }, 'the registry answers again');
        failures = 0;
      } catch (error) {
        failures += 1;
        if (failures === 1)
          log.warn({ instance_id: entry.id, reason: reasonOf(error) }, 'the registry fails, retrying');
        throw error;
      } finally {
        schedule();
      }
    });
    running = run.catch(() => undefined);
    return run;
  }

  function stop(): void {
    clearTimeout(next);
    clearInterval(beats);
  }
  signal.addEventListener('abort', stop, { once: true });

  return {
    id: entry.id,
    announce() {
      if (wish.present || wish.over || signal.aborted) return;
      wish.present = true;
      void settle().catch(() => undefined);
      const { check } = entry;
      if (check.kind === 'ttl') {
        const beat = (): void =>
          void registrar
            .beat(entry.id)
            .catch(() => (failures === 0 ? settle() : undefined))
            .catch(() => undefined);
        beats = setInterval(beat, check.beatMs).unref();
      }
    },
    maintenance(on) {
      wish.maintenance = on;
      return settle();
    },
    async withdraw() {
      const announced = wish.present;
      wish.over = true;
      stop();
      signal.removeEventListener('abort', stop);
      await running;
      if (!announced) return;
      for (let attempt = 1; ; attempt += 1) {
        try {
          await registrar.deregister(entry.id);
          log.info({ instance_id: entry.id }, 'deregistered');
          return;
        } catch (error) {
          if (attempt === WITHDRAW_ATTEMPTS) throw error;
          await pause(backOffMs(attempt, RETRY, random), signal);
        }
      }
    },
  };
}
