import { backOffMs, pause, type Random } from '@nestfleet/timing';
import type { Catalog, Snapshot } from '../catalog.ts';
import { silentLog, type Log } from '../log.ts';
import { DiscoveryError, reasonOf } from '../errors.ts';
import { type LastAddresses, lookUp } from './lookup.ts';
import type { NamePattern } from './name-pattern.ts';
import type { Resolve } from './resolver.ts';

export interface DnsCatalogOptions {
  pattern: NamePattern;
  resolve: Resolve;
  /** @default silentLog */
  log?: Log;
  random?: Random;
  /** Milliseconds since 1970. */
  nowMs?: () => number;
}

const RETRY = { baseMs: 250, capMs: 3_000 };
/** DNS cannot be watched: it is asked again when its answer expires, within these bounds. */
const POLL = { leastMs: 1_000, mostMs: 30_000 };
/** How old a set that does not change may be for its readers. */
const REFRESH_MS = 10_000;

const pollMs = (ttlS: number, random: Random): number =>
  Math.min(Math.max(ttlS * 1_000, POLL.leastMs), POLL.mostMs) * (0.75 + random() / 2);

/** Polls DNS for the instances of a service. */
export function dnsCatalog({
  pattern,
  resolve,
  log = silentLog,
  random = Math.random,
  nowMs = Date.now,
}: DnsCatalogOptions): Catalog {
  async function* watch(service: string, signal: AbortSignal): AsyncGenerator<Snapshot> {
    let good: Snapshot = { instances: [], asOfMs: 0 };
    let published: { text: string; atMs: number } | undefined;
    let failures = 0;
    let leftOut = '';
    const last: LastAddresses = new Map();
    while (!signal.aborted) {
      let snapshot: Snapshot | undefined;
      let restMs: number;
      try {
        const { instances, ttlS, unresolved } = await lookUp(service, pattern, resolve, signal, last);
        if (unresolved.join() !== leftOut) {
          leftOut = unresolved.join();
          if (leftOut !== '')
            log.warn(
              { event: 'discovery.targets_unresolved', service, targets: unresolved },
              'targets without an address',
            );
        }
        good = { instances, asOfMs: nowMs() };
        failures = 0;
        const text = JSON.stringify(instances);
        if (published?.text !== text || good.asOfMs - published.atMs > REFRESH_MS) {
          snapshot = good;
          published = { text, atMs: good.asOfMs };
        }
        restMs = pollMs(ttlS, random);
      } catch (cause) {
        if (signal.aborted) return;
        failures += 1;
        published = undefined;
        const error =
          cause instanceof DiscoveryError
            ? cause
            : new DiscoveryError('catalog_unavailable', `bad answer from DNS: ${reasonOf(cause)}`, { cause });
        if (failures === 1) snapshot = { ...good, error };
        restMs = backOffMs(failures, RETRY, random);
      }
      if (snapshot) yield snapshot;
      await pause(restMs, signal);
    }
  }

  return { watch };
}
