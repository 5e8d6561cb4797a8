import { backOffMs, pause, type Random } from '@nestfleet/timing';
import type { Catalog, Snapshot } from '../catalog.ts';
import { DiscoveryError, reasonOf } from '../errors.ts';
import type { Instance } from '../instance.ts';
import type { ConsulAnswer, ConsulClient } from './client.ts';
import { instancesOf } from './health-entry.ts';
import { createPace } from '../pace.ts';

export interface ConsulCatalogOptions {
  client: ConsulClient;
  /**
   * How long Consul may hold a query that has nothing new; under the minute after which proxies cut.
   *
   * @default 55_000
   */
  waitMs?: number;
  random?: Random;
  /** Milliseconds since 1970. */
  nowMs?: () => number;
}

const RETRY = { baseMs: 100, capMs: 3_000 };
const QUERIES = { burst: 10, perSecond: 5 };
const PLAIN_TIMEOUT_MS = 3_000;
const POLL_MS = 1_000;
/** Any server may answer from what it has: also without a leader, and without a detour over it. */
const STALE = { stale: '' };

/** WatchIndex is where a watch stands: an index is only good with the agent that gave it. */
interface WatchIndex {
  readonly index: number;
  readonly address: string;
}

/**
 * nextIndex is the index to wait on next, 0 for a plain query. An index that went back comes from a registry that was wiped or
 * restored: waiting on the old one would sleep through every change until the new registry has caught up.
 */
export function nextIndex(waitedOn: number, answered: number): number {
  return answered < waitedOn ? 0 : answered;
}

/**
 * consulCatalog is a catalog over Consul's blocking queries. It holds a query open on `/v1/health/service/<name>`, unfiltered: Consul answers when something changes. After any fault
 * the next query is a plain one, so the set is fresh again with the first answer.
 */
export function consulCatalog({
  client,
  waitMs = 55_000,
  random = Math.random,
  nowMs = Date.now,
}: ConsulCatalogOptions): Catalog {
  function ask(service: string, { index, address }: WatchIndex, signal: AbortSignal): Promise<ConsulAnswer> {
    const path = `/v1/health/service/${encodeURIComponent(service)}`;
    if (index === 0) return client.request({ path, query: STALE, timeoutMs: PLAIN_TIMEOUT_MS, signal });
    // Consul itself adds up to a sixteenth to the wait; what takes longer than that has lost its connection.
    const timeoutMs = Math.ceil(waitMs * (1 + 1 / 16)) + PLAIN_TIMEOUT_MS;
    const query = { ...STALE, index: String(index), wait: `${waitMs}ms` };
    return client.request({ path, query, address, timeoutMs, signal });
  }

  async function* watch(service: string, signal: AbortSignal): AsyncGenerator<Snapshot> {
    const pace = createPace(QUERIES, nowMs);
    let good: { instances: readonly Instance[]; asOfMs: number } = { instances: [], asOfMs: 0 };
    let position: WatchIndex = { index: 0, address: '' };
    let failures = 0;
    while (!signal.aborted) {
      await pause(pace.takeMs(), signal);
      let snapshot: Snapshot | undefined;
      let restMs = 0;
      try {
        const answer = await ask(service, position, signal);
        good = { instances: instancesOf(answer.body), asOfMs: nowMs() };
        position = { index: nextIndex(position.index, answer.index), address: answer.address };
        failures = 0;
        snapshot = good;
        // Without an index there is nothing to wait on: ask again, but at a calm rate.
        if (answer.index === 0) restMs = POLL_MS;
      } catch (cause) {
        if (signal.aborted) return;
        position = { ...position, index: 0 };
        failures += 1;
        const error =
          cause instanceof DiscoveryError
            ? cause
            : new DiscoveryError('catalog_unavailable', `bad answer from Consul: ${reasonOf(cause)}`, { cause });
        if (failures === 1) snapshot = { ...good, error };
        restMs = backOffMs(failures, RETRY, random);
      }
      if (snapshot) yield snapshot;
      await pause(restMs, signal);
    }
  }

  return { watch };
}
