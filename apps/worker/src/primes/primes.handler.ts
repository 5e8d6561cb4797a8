import { Worker } from 'node:worker_threads';
import { primesJob } from '@nestfleet/contracts';
import { defineQueue, type JobContextOf, type JobProcessor, type JobResultOf } from '@nestfleet/jobs';
import { Processor } from '@nestfleet/jobs/nest';
import type { PrimesMessage, PrimesRequest } from './primes.thread.ts';

export const primesQueue = defineQueue(primesJob);

/** The thread is a bundle entry of its own beside main.js; run from source it is the file beside this one. */
const THREAD = new URL(`./primes.thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url);

/** Steps of progress that are worth a write to Redis, per cent. */
const PROGRESS_STEP = 5;

/**
 * PrimesHandler counts primes in a thread of its own: the event loop stays free to renew the job's lock. The thread is ended
 * when the job is taken away, and always when the handler returns.
 */
@Processor(primesQueue)
export class PrimesHandler implements JobProcessor<typeof primesQueue> {
  async process({
    payload,
    signal,
    progress,
  }: JobContextOf<typeof primesQueue>): Promise<JobResultOf<typeof primesQueue>> {
    signal.throwIfAborted();
    const request: PrimesRequest = { below: payload.below };
    const thread = new Worker(THREAD, { workerData: request, name: 'primes' });
    try {
      let reported = 0;
      const report = async (percent: number): Promise<void> => {
        if (percent - reported < PROGRESS_STEP && percent < 100) return;
        reported = percent;
        await progress(percent);
      };
      const done = await ended(thread, signal, report);
      return { below: payload.below, primes: done.primes, thread_id: done.threadId };
    } finally {
      await thread.terminate();
    }
  }
}

type Done = Extract<PrimesMessage, { kind: 'done' }>;

function ended(thread: Worker, signal: AbortSignal, report: (percent: number) => Promise<void>): Promise<Done> {
  return new Promise((resolve, reject) => {
    // Progress is a courtesy: a report that fails must not fail the count.
    thread.on('message', (message: PrimesMessage) => {
      if (message.kind === 'done') resolve(message);
      else report(message.percent).catch(() => undefined);
    });
    thread.once('error', reject);
    thread.once('exit', (code) => reject(new Error(`The primes thread ended with code ${code}`)));
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
