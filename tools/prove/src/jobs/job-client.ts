import { setTimeout as sleep } from 'node:timers/promises';
import type { EdgeProxy } from '../client/edge-proxy.ts';
import { type JobRequest, type ToldJob, enqueue } from './told-job.ts';

/** AckedJob is a job that was accepted at a moment. */
export interface AckedJob extends ToldJob {
  readonly ackedMs: number;
}

/** A job each time that has passed since the last one was answered. */
const REST_MS = 50;

/** A JobClient enqueues one job after the other. */
export interface JobClient {
  /** So far. Grows until `stop` has returned. */
  readonly acked: readonly AckedJob[];
  /** In words, of those that were not accepted. */
  readonly refused: readonly string[];
  /** Enqueues no more. @returns all that were accepted */
  stop(): Promise<readonly AckedJob[]>;
}

/** startJobClient enqueues for so long at most, and remembers what became of it. */
export function startJobClient(
  edge: EdgeProxy,
  nowMs: () => number,
  { limitMs, request }: { readonly limitMs: number; readonly request: (nth: number) => JobRequest },
): JobClient {
  const acked: AckedJob[] = [];
  const refused: string[] = [];
  const stopping = new AbortController();
  const endMs = nowMs() + limitMs;
  const running = (async () => {
    for (let n = 0; !stopping.signal.aborted && nowMs() < endMs; n += 1) {
      const enqueued = await enqueue(edge, request(n)).catch(String);
      if (typeof enqueued === 'string') refused.push(enqueued);
      else if (enqueued.kind === 'accepted') acked.push({ ...enqueued.job, ackedMs: nowMs() });
      else refused.push(`${enqueued.answer.status}: ${enqueued.answer.text}`);
      await sleep(REST_MS);
    }
  })();
  return {
    acked,
    refused,
    stop: async () => {
      stopping.abort();
      await running;
      return acked;
    },
  };
}
