import { setTimeout as sleep } from 'node:timers/promises';
import { type Ask, ask } from './ask.ts';

export interface Done {
  readonly startedMs: number;
  readonly tookMs: number;
  /** 0 where no answer came. */
  readonly status: number;
  readonly servedBy: string;
  readonly code: string | undefined;
}

/** Longest delay that the next requests make up for. */
const LATE_MAX_MS = 100;

/** Requests at a fixed pace, whatever becomes of the ones before; resolves when the last one has ended. */
export async function load(
  port: number,
  path: string,
  { perSecond, forMs, ...options }: Ask & { perSecond: number; forMs: number },
): Promise<Done[]> {
  const one = async (): Promise<Done> => {
    const startedMs = performance.now();
    const end = (status: number, servedBy = '', code?: string): Done => ({
      startedMs,
      tookMs: performance.now() - startedMs,
      status,
      servedBy,
      code,
    });
    try {
      const { status, headers, body } = await ask(port, path, options);
      const isProblem = headers['content-type']?.includes('problem+json') === true;
      const code = isProblem ? (JSON.parse(body) as { code: string }).code : undefined;
      return end(status, String(headers['x-served-by']), code);
    } catch {
      return end(0);
    }
  };
  let dueMs = performance.now();
  const running: Promise<Done>[] = [];
  for (let n = 0; n < (perSecond * forMs) / 1_000; n += 1) {
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    // What this process has slept through is not caught up: all of it in one moment would be another load.
    else if (waitMs < -LATE_MAX_MS) dueMs = performance.now();
    dueMs += 1_000 / perSecond;
    running.push(one());
  }
  return Promise.all(running);
}
