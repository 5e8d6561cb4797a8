import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEADLINE_HEADER } from '@nestfleet/contracts';

export interface Reply {
  /** When it was due, from the start of the load, milliseconds. */
  readonly atMs: number;
  /** 0: no answer came within the deadline, or the connection failed. */
  readonly status: number;
  /** From the moment at which it was due, so that a stall of ours is not hidden, milliseconds. */
  readonly tookMs: number;
}

export interface LoadPlan {
  readonly path: string;
  readonly perSecond: number;
  readonly forMs: number;
  /** So long each client waits, and says so, milliseconds. */
  readonly deadlineMs: number;
}

/** Open loop: asks at a fixed pace, whatever becomes of the requests before; never retries, and leaves at its deadline. */
export async function openLoop(port: number, { path, perSecond, forMs, deadlineMs }: LoadPlan): Promise<Reply[]> {
  const agent = new Agent({ keepAlive: true });
  const startMs = performance.now();
  const ask = (dueMs: number): Promise<Reply> =>
    new Promise((resolve) => {
      const end = (status: number): void => {
        clearTimeout(timer);
        resolve({ atMs: dueMs - startMs, status, tookMs: performance.now() - dueMs });
      };
      const headers = { [DEADLINE_HEADER]: String(deadlineMs) };
      const outgoing = request({ host: '127.0.0.1', port, path, agent, headers }, (response) => {
        response.on('error', () => end(0));
        response.on('end', () => end(response.statusCode ?? 0));
        response.resume();
      });
      const timer = setTimeout(() => outgoing.destroy(), deadlineMs);
      outgoing.on('error', () => end(0));
      outgoing.on('close', () => end(0));
      outgoing.end();
    });
  const replies: Promise<Reply>[] = [];
  for (let n = 0; n < (perSecond * forMs) / 1_000; n += 1) {
    const dueMs = startMs + (n * 1_000) / perSecond;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    replies.push(ask(dueMs));
  }
  const all = await Promise.all(replies);
  agent.destroy();
  return all;
}
