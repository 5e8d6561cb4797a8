import { setTimeout as sleep } from 'node:timers/promises';
import type { EdgeProxy } from '../client/edge-proxy.ts';
import { type ToldJob, enqueueTold } from './told-job.ts';

/** AckedJob is a job that was accepted at a moment. */
export interface AckedJob extends ToldJob {
  readonly ackedMs: number;
}

/** A job each time that has passed since the last one was answered. */
const REST_MS = 50;

/** startJobClient enqueues one job after the other, for so long at most, and remembers those that were accepted. */
export function startJobClient(
  edge: EdgeProxy,
  nowMs: () => number,
  limitMs: number,
): { stop(): Promise<readonly AckedJob[]> } {
  const acked: AckedJob[] = [];
  const stopping = new AbortController();
  const endMs = nowMs() + limitMs;
  const running = (async () => {
    for (let n = 0; !stopping.signal.aborted && nowMs() < endMs; n += 1) {
      const enqueued = await enqueueTold(edge, `job ${n}`).catch(() => undefined);
      if (enqueued?.kind === 'accepted') acked.push({ ...enqueued.job, ackedMs: nowMs() });
      await sleep(REST_MS);
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await running;
      return acked;
    },
  };
}
