import { DiscoveryError } from '../errors.ts';
import { discoveryErrorOf } from './api-error.ts';
import { apiRequest, type ApiAccess } from './api-request.ts';
import type { SliceList } from './slice-set.ts';
import { createWatchParser, type WatchEvent } from './watch-event.ts';

/** SliceClient lists and watches the EndpointSlices of one namespace by service. */
export interface SliceClient {
  list(service: string, signal: AbortSignal): Promise<SliceList>;
  /** The events after a version, as many at once as arrive at once, and none once the watch has begun; ends when the server says so, within `timeoutS`. */
  watch(
    service: string,
    from: { readonly resourceVersion: string; readonly timeoutS: number },
    signal: AbortSignal,
  ): AsyncIterable<readonly WatchEvent[]>;
  /** Milliseconds until the server listed what this process may see, asked once a second at most. Rejects with DiscoveryError. */
  ping(): Promise<number>;
}

export interface SliceClientOptions {
  readonly access: ApiAccess;
  readonly namespace: string;
  readonly times?: Partial<typeof TIMES>;
}

const TIMES = {
  /** A server that has just started has all its watchers to list for. */
  listMs: 15_000,
  pingMs: 1_000,
  /** Each is a connection with TLS, and whoever asks for the health causes one. */
  pingKeptMs: 1_000,
  /** The server sends the head of a watch at once, and ends it in time. */
  watchHeadMs: 5_000,
  watchSpareMs: 5_000,
};

const LIST_MAX_CHARS = 64 * 1_024 * 1_024;
const NEVER = new AbortController().signal;

const isList = (body: unknown): body is SliceList => {
  const { metadata, items } = (body ?? {}) as { metadata?: { resourceVersion?: unknown }; items?: unknown };
  return typeof metadata?.resourceVersion === 'string' && (Array.isArray(items) || (items ?? null) === null);
};

const selector = (service: string) => ({ labelSelector: `kubernetes.io/service-name=${service}` });

export function createSliceClient({ access, namespace, times }: SliceClientOptions): SliceClient {
  const { listMs, pingMs, pingKeptMs, watchHeadMs, watchSpareMs } = { ...TIMES, ...times };
  const path = `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices`;

  async function read(query: Record<string, string>, withinMs: number, signal: AbortSignal): Promise<SliceList> {
    let text = '';
    for await (const part of apiRequest(access, {
      path,
      query,
      headWithinMs: withinMs,
      endWithinMs: withinMs,
      signal,
    })) {
      text += part;
      if (text.length > LIST_MAX_CHARS) throw new RangeError(`a list has more than ${LIST_MAX_CHARS} characters`);
    }
    const body: unknown = JSON.parse(text);
    if (!isList(body)) throw new TypeError(`no list of EndpointSlices: ${text.slice(0, 200)}`);
    return body;
  }

  async function timedList(): Promise<number> {
    const startMs = performance.now();
    try {
      // Out of the server's memory, where a limit has no effect: a name that none has keeps the answer short.
      await read({ fieldSelector: 'metadata.name=ping', resourceVersion: '0' }, pingMs, NEVER);
    } catch (cause) {
      throw cause instanceof DiscoveryError ? cause : discoveryErrorOf('list of EndpointSlices', cause);
    }
    return performance.now() - startMs;
  }
  let pinging: { readonly answer: Promise<number>; readonly sinceMs: number } | undefined;

  return {
    list: (service, signal) => read(selector(service), listMs, signal),
    async *watch(service, { resourceVersion, timeoutS }, signal) {
      const query = {
        ...selector(service),
        watch: 'true',
        allowWatchBookmarks: 'true',
        resourceVersion,
        timeoutSeconds: String(timeoutS),
      };
      const endWithinMs = timeoutS * 1_000 + watchSpareMs;
      const parser = createWatchParser();
      for await (const part of apiRequest(access, { path, query, headWithinMs: watchHeadMs, endWithinMs, signal })) {
        const events = parser.push(part);
        if (part === '' || events.length > 0) yield events;
      }
      parser.end();
    },
    ping() {
      const nowMs = performance.now();
      if (pinging === undefined || nowMs - pinging.sinceMs >= pingKeptMs)
        pinging = { answer: timedList(), sinceMs: nowMs };
      return pinging.answer;
    },
  };
}
