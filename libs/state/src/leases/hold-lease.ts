import { setTimeout as sleep } from 'node:timers/promises';
import { errorOf } from '@nestfleet/contracts';
import { StateError } from '../errors.ts';
import { type PendingReleases, isUnavailable } from '../pending-releases.ts';
import { HeldLease, leaseLost } from './held-lease.ts';
import { type LeaseStore, requireLease } from './lease-store.ts';
import type { Leases } from './leases.ts';

export interface HoldLeaseParts {
  readonly store: LeaseStore;
  readonly random: (bytes: number) => Buffer;
  readonly pending: PendingReleases;
  /** Monotonic. */
  readonly nowMs?: () => number;
}

const OWNER_BYTES = 16;
/** Between two attempts of one that waits; random, so that many who wait do not ask in step. */
const ASK_AGAIN_MIN_MS = 25;
const ASK_AGAIN_SPREAD_MS = 75;

/** `leasesOver` makes leases over any store: waiting, renewing and releasing are the same for all. */
export function leasesOver({ store, random, pending, nowMs = () => performance.now() }: HoldLeaseParts): Leases {
  async function take(name: string, owner: string, ttlMs: number, attempt: number) {
    try {
      return await store.take(name, owner, ttlMs, attempt);
    } catch (error) {
      // It may be ours without our knowing, and would then keep everybody out for its whole lifetime.
      if (isUnknown(error)) pending.add(() => store.release(name, owner));
      throw error;
    }
  }

  async function acquire(name: string, owner: string, ttlMs: number, waitMs: number): Promise<HeldLease> {
    const waitEndMs = nowMs() + waitMs;
    for (let attempt = 1; ; attempt += 1) {
      const takenMs = nowMs();
      const taken = await take(name, owner, ttlMs, attempt);
      if ('fencingToken' in taken) {
        const renew = (): Promise<boolean> => store.renew(name, owner, ttlMs);
        return new HeldLease({ name, fencingToken: taken.fencingToken, ttlMs, takenMs, nowMs, renew });
      }
      const leftMs = waitEndMs - nowMs();
      if (leftMs <= 0) throw new StateError('lease_held', `somebody else holds the lease "${name}"`);
      const againMs = ASK_AGAIN_MIN_MS + (random(1)[0]! / 256) * ASK_AGAIN_SPREAD_MS;
      await sleep(Math.min(leftMs, againMs, Math.max(1, taken.heldForMs)));
    }
  }

  return {
    async hold(name, options, work) {
      const { ttlMs, waitMs } = requireLease(options);
      // With its lifetime, by which the others see that an expiry is further away than it can be.
      const owner = `${random(OWNER_BYTES).toString('base64url')}.${ttlMs}`;
      const lease = await acquire(name, owner, ttlMs, waitMs);
      let why = 'its time is over';
      async function release(): Promise<boolean> {
        const heldHere = lease.stop();
        const heldThere = await store.release(name, owner).catch((error: unknown) => {
          if (isUnavailable(error)) pending.add(() => store.release(name, owner));
          // By our clock it was held until now.
          return true;
        });
        if (heldHere && !heldThere) why = 'the store did not know it any more at its end';
        return heldHere && heldThere;
      }
      let answer: Awaited<ReturnType<typeof work>>;
      try {
        if (lease.signal.aborted) throw lease.signal.reason;
        answer = await work(lease);
      } catch (error) {
        await release();
        throw endedBy(lease.signal, error) ? lease.signal.reason : error;
      }
      if (await release()) return answer;
      throw lease.signal.aborted ? lease.signal.reason : leaseLost(name, why);
    },
  };
}

const isUnknown = (error: unknown): boolean => error instanceof StateError && error.code === 'state_outcome_unknown';

/** Work that obeyed the signal fails with its reason or, by most of Node's functions, with an AbortError. */
const endedBy = (signal: AbortSignal, error: unknown): boolean =>
  signal.aborted && (error === signal.reason || errorOf(error).name === 'AbortError');
