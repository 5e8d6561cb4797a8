import { flakyJob } from '@nestfleet/contracts';
import { defineQueue, type JobContextOf, type JobProcessor, type JobResultOf } from '@nestfleet/jobs';
import { Processor } from '@nestfleet/jobs/nest';

export const flakyQueue = defineQueue(flakyJob);

/** FlakyHandler fails on as many attempts as its payload says, then works. */
@Processor(flakyQueue)
export class FlakyHandler implements JobProcessor<typeof flakyQueue> {
  async process({ payload, attempt }: JobContextOf<typeof flakyQueue>): Promise<JobResultOf<typeof flakyQueue>> {
    if (attempt <= payload.failures) throw new Error(`fails on purpose: attempt ${attempt} of ${payload.failures}`);
    return { attempts: attempt };
  }
}
