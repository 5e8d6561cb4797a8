import type { Catalog, Snapshot } from './catalog.ts';
import { DiscoveryError, reasonOf } from './errors.ts';
import { silentLog, type Log } from './log.ts';

/** CatalogHub is a catalog that watches its source once per service, however many readers there are. */
export interface CatalogHub extends Catalog {
  close(): void;
}

interface Feed {
  latest: Snapshot | undefined;
  /** Grows with every snapshot, so that each reader can tell whether it has yielded the latest. */
  version: number;
  over: boolean;
  readers: number;
  readonly waiting: Set<() => void>;
  readonly stop: AbortController;
}

function wakeAll(feed: Feed): void {
  const waiting = [...feed.waiting];
  feed.waiting.clear();
  for (const wake of waiting) wake();
}

function nextChange(feed: Feed, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      signal.removeEventListener('abort', wake);
      feed.waiting.delete(wake);
      resolve();
    };
    feed.waiting.add(wake);
    signal.addEventListener('abort', wake, { once: true });
  });
}

async function pump(source: Catalog, service: string, feed: Feed, log: Log): Promise<void> {
  let failingSinceMs: number | undefined;
  /** One warning when a watch begins to fail, however often it does then, and one line when it answers again. */
  const report = ({ error }: Snapshot): void => {
    if (error !== undefined && failingSinceMs === undefined) {
      failingSinceMs = performance.now();
      const fields = { event: 'discovery.watch_failed', service, reason: reasonOf(error) };
      log.warn(fields, 'the catalog cannot be read: the instances known so far stay');
    } else if (error === undefined && failingSinceMs !== undefined) {
      const forMs = Math.round(performance.now() - failingSinceMs);
      failingSinceMs = undefined;
      log.info({ event: 'discovery.watch_recovered', service, for_ms: forMs }, 'the catalog answers again');
    }
  };
  const publish = (snapshot: Snapshot): void => {
    report(snapshot);
    feed.latest = snapshot;
    feed.version += 1;
    wakeAll(feed);
  };
  try {
    for await (const snapshot of source.watch(service, feed.stop.signal)) publish(snapshot);
  } catch (cause) {
    // A source must not throw; when one does, its readers keep the last good set and see why it no longer moves.
    const error = new DiscoveryError('catalog_unavailable', `the watch of ${service} broke: ${reasonOf(cause)}`, {
      cause,
    });
    publish({ instances: feed.latest?.instances ?? [], asOfMs: feed.latest?.asOfMs ?? 0, error });
  } finally {
    feed.over = true;
    wakeAll(feed);
  }
}

/**
 * One watch per service and process: a watch costs the registry a held connection, and Consul resets the connections of
 * an address that holds more than 200. The watch ends with its last reader.
 */
export function openCatalogHub(source: Catalog, log: Log = silentLog): CatalogHub {
  const feeds = new Map<string, Feed>();
  const closed = new AbortController();

  function join(service: string): Feed {
    let feed = feeds.get(service);
    if (feed === undefined || feed.over) {
      const stop = new AbortController();
      feed = { latest: undefined, version: 0, over: false, readers: 0, waiting: new Set(), stop };
      feeds.set(service, feed);
      void pump(source, service, feed, log);
    }
    feed.readers += 1;
    return feed;
  }

  function leave(service: string, feed: Feed): void {
    feed.readers -= 1;
    if (feed.readers > 0) return;
    feed.stop.abort();
    if (feeds.get(service) === feed) feeds.delete(service);
  }

  async function* watch(service: string, signal: AbortSignal): AsyncGenerator<Snapshot> {
    const end = AbortSignal.any([signal, closed.signal]);
    if (end.aborted) return;
    const feed = join(service);
    let seen = 0;
    try {
      while (!end.aborted) {
        if (feed.latest !== undefined && feed.version > seen) {
          seen = feed.version;
          yield feed.latest;
        } else if (feed.over) return;
        else await nextChange(feed, end);
      }
    } finally {
      leave(service, feed);
    }
  }

  return {
    watch,
    close() {
      closed.abort();
      for (const feed of feeds.values()) feed.stop.abort();
    },
  };
}
