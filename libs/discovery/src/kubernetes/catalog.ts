import { backOffMs, pause, type Random } from '@nestfleet/timing';
import type { Catalog, Snapshot } from '../catalog.ts';
import { createPace } from '../pace.ts';
import type { DiscoveryError } from '../errors.ts';
import { ApiError, discoveryErrorOf } from './api-error.ts';
import type { SliceClient } from './client.ts';
import { instancesOf } from './endpoint-slice.ts';
import { createFirstReadiness } from './first-readiness.ts';
import { createSliceSet, type SliceSet } from './slice-set.ts';

export interface SliceCatalogOptions {
  client: SliceClient;
  /**
   * After about so long the server ends a watch, which then goes on: one that it has forgotten is noticed soon after. Spread, so that
   * they do not end in step.
   *
   * @default 30
   */
  watchTimeoutS?: number;
  random?: Random;
  /** Milliseconds since 1970. */
  nowMs?: () => number;
  /** How long a back-off is waited for. */
  waitBackOff?: typeof pause;
}

/** A server that is back is found within two seconds; one that answers and is busy, or refuses, has a longer back-off. */
const UNREACHABLE = { baseMs: 1_500, capMs: 1_500, jitter: 1 / 3 };
const ANSWERED = { baseMs: 1_500, capMs: 10_000, jitter: 1 / 3 };
const RETRY_AFTER_MAX_MS = 30_000;
/** Of one service: lists and watches. */
const REQUESTS = { burst: 10, perSecond: 1 };
/** A server whose data was restored has lower versions than ours, and would be silent to a watch from there for ever. */
const LIST_EVERY_MS = 600_000;

/** backOffOf is the back-off after so many failures in a row, in milliseconds. */
function backOffOf(failures: number, cause: unknown, random: Random): number {
  const limits = cause instanceof ApiError ? ANSWERED : UNREACHABLE;
  const askedMs = cause instanceof ApiError ? Math.min(cause.retryAfterMs, RETRY_AFTER_MAX_MS) : 0;
  return askedMs + backOffMs(failures, limits, random);
}

/**
 * sliceCatalog is a catalog over EndpointSlices: lists those of a service, and watches them from there on. A watch that ends in time confirms
 * the set and goes on from the last version; after a fault, where the version is no longer kept, and every ten minutes the set is listed anew.
 */
export function sliceCatalog({
  client,
  watchTimeoutS = 30,
  random = Math.random,
  nowMs = Date.now,
  waitBackOff = pause,
}: SliceCatalogOptions): Catalog {
  async function* watch(service: string, signal: AbortSignal): AsyncGenerator<Snapshot> {
    const pace = createPace(REQUESTS, nowMs);
    const joined = createFirstReadiness();
    let good: Snapshot = { instances: [], asOfMs: 0 };
    let set: SliceSet | undefined;
    let listedAtMs = 0;
    let failures = 0;
    /** Said once, and stays until a watch works: that a list is answered does not show that a watch is. */
    let error: DiscoveryError | undefined;
    const snapshotOf = ({ slices }: SliceSet): Snapshot => {
      good = { instances: joined(instancesOf(service, slices)), asOfMs: nowMs() };
      return error === undefined ? good : { ...good, error };
    };
    while (!signal.aborted) {
      await pause(pace.takeMs(), signal);
      try {
        if (set === undefined) {
          set = createSliceSet(await client.list(service, signal));
          listedAtMs = nowMs();
          yield snapshotOf(set);
        }
        const from = {
          resourceVersion: set.resourceVersion,
          timeoutS: Math.ceil(watchTimeoutS * (0.8 + random() * 0.4)),
        };
        for await (const events of client.watch(service, from, signal)) {
          set.apply(events);
          if (events.length > 0) failures = 0;
          // It has begun, which is news only where it failed before.
          else if (error === undefined) continue;
          error = undefined;
          yield snapshotOf(set);
        }
        failures = 0;
        error = undefined;
        // A watch that ended in time has said all: in a quiet cluster this alone shows that the set is as it was.
        yield snapshotOf(set);
        if (nowMs() - listedAtMs >= LIST_EVERY_MS) set = undefined;
      } catch (cause) {
        if (signal.aborted) return;
        set = undefined;
        failures += 1;
        const isGone = cause instanceof ApiError && cause.isGone;
        if (!isGone && error === undefined) {
          error = discoveryErrorOf(`watch of ${service}`, cause);
          yield { ...good, error };
        }
        if (!isGone || failures > 1) await waitBackOff(backOffOf(failures, cause, random), signal);
      }
    }
  }

  return { watch };
}
