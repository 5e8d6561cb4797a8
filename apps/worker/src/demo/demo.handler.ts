import { createHash } from 'node:crypto';
import { demoJob } from '@nestfleet/contracts';
import { defineQueue, type JobContextOf, type JobProcessor, type JobResultOf } from '@nestfleet/jobs';
import { Processor } from '@nestfleet/jobs/nest';
import type { Values } from '@nestfleet/state';
import { InjectValues } from '@nestfleet/state/nest';

export const demoQueue = defineQueue(demoJob);

/** Counts the demo jobs that have come to their end, each once; read it by `jobs.effects(demoQueue)`. */
export const DEMO_FINISHED = 'finished';

/** As long as a completed job is kept. */
const VALUE_TTL_MS = 3_600_000;

/**
 * Values are open to everybody and jobs are not: neither the key nor the value may give away the id or the payload, since
 * the id of a job that nobody owns is all it takes to read it.
 */
export const demoValueKey = (jobId: string): string =>
  `demo:${createHash('sha256').update(jobId).digest('hex').slice(0, 16)}`;

/**
 * DemoHandler logs its text and does I/O: writes a shared value of its own, reads it back and counts the job. Running twice writes the
 * same again, and counts once.
 */
@Processor(demoQueue)
export class DemoHandler implements JobProcessor<typeof demoQueue> {
  constructor(@InjectValues() private readonly values: Pick<Values, 'get' | 'put'>) {}

  async process(context: JobContextOf<typeof demoQueue>): Promise<JobResultOf<typeof demoQueue>> {
    const { payload, jobId, instanceName, progress, once, log } = context;
    log.info({ job: payload.job }, 'demo job');
    const key = demoValueKey(jobId);
    await progress(0);
    await this.values.put(key, `written by ${instanceName}`, { ttlMs: VALUE_TTL_MS });
    await progress(50);
    const stored = await this.values.get(key);
    if (stored === undefined) throw new Error(`The value ${key} is gone right after it was written`);
    // Exact whatever becomes of this attempt from here on: it is how `make prove` sees that effects are done once.
    await once('finished', [{ incrBy: DEMO_FINISHED }]);
    await progress(100);
    return { job: payload.job, value_key: key, written: stored.value };
  }
}
