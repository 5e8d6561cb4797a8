import { setTimeout as sleep } from 'node:timers/promises';
import type { EdgeProxy } from '../client/edge-proxy.ts';

/** One connection of a client of events. */
export interface Connection {
  readonly servedBy: string;
  readonly atMs: number;
  /** `hinted`: ended whole, behind a hint when to come back. `unhinted`: whole, without one. `cut`: in the middle, or by an error. */
  end: 'open' | 'hinted' | 'unhinted' | 'cut';
  reason: string;
}

export interface EventHistory {
  /** Ids in the order in which they came. */
  readonly ids: number[];
  readonly connections: Connection[];
}

export interface EventClient {
  readonly history: EventHistory;
  stop(): void;
}

/** What a browser waits that was not told how long. */
const RETRY_MS = 1_000;

/** Does what an `EventSource` does: reads, and comes back with the id of the last whole event when the stream ends. */
export function startEventClient(edge: EdgeProxy, path: string, nowMs: () => number): EventClient {
  const history: EventHistory = { ids: [], connections: [] };
  const stopped = new AbortController();
  void (async () => {
    let retryMs = RETRY_MS;
    while (!stopped.signal.aborted) {
      retryMs = await follow(edge, path, history, retryMs, stopped.signal, nowMs);
      await sleep(retryMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  })();
  return { history, stop: () => stopped.abort() };
}

/** One connection, until it ends. @returns what to wait before the next one */
async function follow(
  edge: EdgeProxy,
  path: string,
  { ids, connections }: EventHistory,
  knownRetryMs: number,
  signal: AbortSignal,
  nowMs: () => number,
): Promise<number> {
  const connection: Connection = { servedBy: '', atMs: nowMs(), end: 'open', reason: '' };
  let hinted = false;
  let retryMs = knownRetryMs;
  let rest = '';
  try {
    const last = ids.at(-1);
    const resumed: Record<string, string> = last === undefined ? {} : { 'last-event-id': String(last) };
    const [request, answered] = edge.open(path, { signal, headers: { accept: 'text/event-stream', ...resumed } });
    request.end();
    const answer = await answered;
    connections.push({ ...connection, servedBy: String(answer.headers['x-served-by'] ?? '') });
    if (answer.statusCode !== 200) throw new Error(`status ${answer.statusCode}`);
    for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
      const blocks = (rest + chunk).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) {
        const id = /^id: (\d+)$/m.exec(block)?.[1];
        if (id !== undefined) ids.push(Number(id));
        const retry = /^retry: (\d+)$/m.exec(block)?.[1];
        if (retry !== undefined) [hinted, retryMs] = [true, Number(retry)];
      }
    }
    end(rest === '' ? (hinted ? 'hinted' : 'unhinted') : 'cut', rest);
  } catch (error) {
    if (connections.at(-1)?.end !== 'open') connections.push(connection);
    if (!signal.aborted) end('cut', String(error));
  }
  return retryMs;

  function end(how: Connection['end'], reason: string): void {
    const last = connections.at(-1);
    if (last) [last.end, last.reason] = [how, reason];
  }
}
