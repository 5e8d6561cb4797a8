import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Reply {
  readonly path: string;
  /** When it was due, from the start of the load. */
  readonly atMs: number;
  /** 0: the connection failed. */
  readonly status: number;
  readonly servedBy: string;
  /** From the moment at which it was due, so that a stall of ours is not hidden. */
  readonly tookMs: number;
}

/** Asks for the paths in turn at a fixed pace, whatever becomes of the requests before; never retries. */
export async function load(
  port: number,
  paths: readonly string[],
  { perSecond, forMs }: { perSecond: number; forMs: number },
): Promise<Reply[]> {
  const agent = new Agent({ keepAlive: true });
  const startMs = performance.now();
  const replies: Promise<Reply>[] = [];
  for (let n = 0; n < (perSecond * forMs) / 1_000; n += 1) {
    const dueMs = startMs + (n * 1_000) / perSecond;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    replies.push(ask(agent, port, paths[n % paths.length]!, { startMs, dueMs }));
  }
  const all = await Promise.all(replies);
  agent.destroy();
  return all;
}

function ask(agent: Agent, port: number, path: string, at: { startMs: number; dueMs: number }): Promise<Reply> {
  const { startMs, dueMs } = at;
  return new Promise((resolve) => {
    const end = (status: number, servedBy: string): void =>
      resolve({ path, atMs: dueMs - startMs, status, servedBy, tookMs: performance.now() - dueMs });
    const outgoing = request({ host: '127.0.0.1', port, path, agent }, (response) => {
      response.on('error', () => end(0, ''));
      response.on('end', () => end(response.statusCode ?? 0, String(response.headers['x-served-by'] ?? '')));
      response.resume();
    });
    outgoing.on('error', () => end(0, ''));
    outgoing.end();
  });
}
