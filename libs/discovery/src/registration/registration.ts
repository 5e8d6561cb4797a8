import { backOffMs, pause, type Random } from '@nestfleet/timing';
import type { Registrar, RegistryEntry, Sweep } from '../catalog.ts';
import { DiscoveryError, reasonOf } from '../errors.ts';
import type { Instance } from '../instance.ts';
import type { Log } from '../log.ts';
import type { AskReplica } from './ask-replica.ts';
import { isOrphan } from './orphan.ts';

/**
 * Registration is self-registration as desired state: it reconciles this replica's entry in the registry until it is
 * withdrawn. Touches no entry but its own and those that earlier runs of its slot left behind.
 */
export interface Registration {
  readonly id: string;
  /** Why the entry is not as it should be; undefined while it is, and before it is announced. */
  readonly error: DiscoveryError | undefined;
  /** To be called once the replica listens. Never blocks and never throws: tries until it is done, then reconciles. */
  announce(): void;
  /**
   * Asks callers to leave this replica alone, or takes that back. Resolves when the registry has it. Rejects with a
   * DiscoveryError when the registry cannot be reached now; the desired state stays, and is reconciled as soon as it can be.
   */
  maintenance(on: boolean): Promise<void>;
  /** Removes the entry, final. Tries three times, then rejects: the registry removes it itself after a minute. */
  withdraw(): Promise<void>;
}

export interface RegistrationOptions {
  entry: RegistryEntry;
  registrar: Registrar;
  /** Asks who answers at the address of an earlier run. */
  ask: AskReplica;
  log: Log;
  random: Random;
  /** Milliseconds of a clock that only goes forward. */
  nowMs: () => number;
  /** Aborting it stops reconciliation and leaves the entry as it is. */
  signal: AbortSignal;
  /**
   * Time between two reconciliations of our own entry, less or more by up to a fifth at random.
   *
   * @default 1_000
   */
  reconcileEveryMs?: number;
  /**
   * Time between two sweeps of the slot, likewise.
   *
   * @default 5_000
   */
  sweepEveryMs?: number;
}

const RETRY = { baseMs: 100, capMs: 500 };
/** Asking again does not help until somebody changed a setting. */
const REFUSED = { baseMs: 500, capMs: 5_000 };
const WITHDRAW_ATTEMPTS = 3;
/** So many sweeps of a slot with more than our own entry come sooner than else; what is left then takes its time. */
const SOON_SWEEPS = 15;
const SOON_MS = 200;

/** What others read of an entry, in one order: equal for equal entries. */
function fingerprintOf({ address, port, tags, meta, weight }: Instance | RegistryEntry): string {
  const sortedMeta = Object.entries(meta).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([address, port, tags.toSorted(), sortedMeta, weight]);
}

export function createRegistration(options: RegistrationOptions): Registration {
  const { entry, registrar, ask, log, random, nowMs, signal, reconcileEveryMs = 1_000, sweepEveryMs = 5_000 } = options;
  const desired = { present: false, maintenance: false, withdrawn: false };
  let running = Promise.resolve();
  let failures = 0;
  let lastError: DiscoveryError | undefined;
  let failedSweeps = 0;
  let isSweeping = false;
  let sweepAtMs = 0;
  /** Sweeps in a row that found more, or less, than our own entry. */
  let unsettled = 0;
  let next: NodeJS.Timeout | undefined;
  let heartbeats: NodeJS.Timeout | undefined;
  const jittered = (ms: number): number => ms * (0.8 + 0.4 * random());

  /** Makes our entry match the desired state, whatever is there: nothing after a wipe, something else, or the same. */
  async function reconcileEntry(): Promise<void> {
    if (desired.withdrawn || !desired.present) return;
    const own = await registrar.find(entry.id);
    if (own === undefined || fingerprintOf(own) !== fingerprintOf(entry)) {
      // Initially passing: it is announced only after it listens. While it drains it must not pass for an instant.
      await registrar.register(entry, desired.maintenance ? 'critical' : 'passing');
      log.info({ instance_id: entry.id, was: own === undefined ? 'missing' : 'different' }, 'registered');
      sweepAtMs = 0;
      unsettled = 0;
    }
    if ((own?.health === 'maintenance') !== desired.maintenance)
      await registrar.maintenance(entry.id, desired.maintenance);
  }

  /** Makes it the only entry of its slot. Nobody waits for this, and a fault is left to the next time. */
  async function removeStaleEntries(): Promise<void> {
    if (isSweeping || desired.withdrawn || !desired.present || nowMs() < sweepAtMs) return;
    isSweeping = true;
    const { removed, settled, error } = await registrar
      .sweep(entry, (candidate) => isOrphan(candidate, entry, ask))
      .catch((cause): Sweep => ({ removed: [], settled: false, error: cause }));
    isSweeping = false;
    failedSweeps = error === undefined ? 0 : failedSweeps + 1;
    // Not the first one: somebody else may have removed it in the same moment.
    if (failedSweeps === 2)
      log.warn(
        { event: 'registration.sweep_failed', instance_id: entry.id, reason: reasonOf(error) },
        'stale entries of this slot cannot be removed',
      );
    for (const id of removed) {
      const what = id === entry.id ? 'removed our entry from another agent' : 'removed the entry of an earlier run';
      log.info({ instance_id: entry.id, removed_id: id }, what);
    }
    unsettled = settled ? 0 : unsettled + 1;
    sweepAtMs = isUnsettled() ? 0 : nowMs() + jittered(sweepEveryMs);
    // At once after a copy of our entry was removed, because two addresses may lead to one agent.
    if (removed.includes(entry.id)) await reconcile().catch(() => undefined);
    else schedule();
  }

  const isUnsettled = (): boolean => unsettled > 0 && unsettled <= SOON_SWEEPS;

  function delayMs(): number {
    if (lastError) return backOffMs(failures, lastError.code === 'catalog_refused' ? REFUSED : RETRY, random);
    return jittered(isUnsettled() ? Math.min(reconcileEveryMs, SOON_MS * unsettled) : reconcileEveryMs);
  }

  function schedule(): void {
    clearTimeout(next);
    if (desired.withdrawn || !desired.present || signal.aborted) return;
    // Not a reason to keep a process alive that has nothing else to do.
    next = setTimeout(() => void reconcile().catch(() => undefined), delayMs()).unref();
  }

  /** Once for each kind: a registry that is away may refuse us when it is back. */
  function logFailure({ code, message: reason }: DiscoveryError): void {
    const text =
      code === 'catalog_refused'
        ? 'the registry refuses this replica: it is not found by others'
        : 'the registry fails, retrying';
    log.warn({ event: 'registration.failed', instance_id: entry.id, code, reason }, text);
  }

  /** One reconciliation after the other, so that a late answer never undoes a newer desired state. */
  function reconcile(): Promise<void> {
    const run = running.then(async () => {
      try {
        await reconcileEntry();
        if (failures > 0) log.info({ instance_id: entry.id, failures }, 'the registry answers again');
        failures = 0;
        lastError = undefined;
        void removeStaleEntries();
      } catch (error) {
        failures += 1;
        const before = lastError;
        lastError =
          error instanceof DiscoveryError
            ? error
            : new DiscoveryError('catalog_unavailable', reasonOf(error), { cause: error });
        if (before?.code !== lastError.code) logFailure(lastError);
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
    clearInterval(heartbeats);
  }
  signal.addEventListener('abort', stop, { once: true });

  return {
    id: entry.id,
    get error() {
      return desired.withdrawn ? undefined : lastError;
    },
    announce() {
      if (desired.present || desired.withdrawn || signal.aborted) return;
      desired.present = true;
      void reconcile().catch(() => undefined);
      const { check } = entry;
      if (check.kind === 'ttl') {
        const heartbeat = (): void =>
          void registrar
            .heartbeat(entry.id)
            .catch(() => (failures === 0 ? reconcile() : undefined))
            .catch(() => undefined);
        heartbeats = setInterval(heartbeat, check.heartbeatMs).unref();
      }
    },
    maintenance(on) {
      desired.maintenance = on;
      return reconcile();
    },
    async withdraw() {
      const announced = desired.present;
      desired.withdrawn = true;
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
