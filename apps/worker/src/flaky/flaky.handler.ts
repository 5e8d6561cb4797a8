import { flakyJob } from '@nestfleet/contracts';
import { defineQueue, type JobHandler } from '@nestfleet/jobs';
import type { z } from 'zod';

export const flakyQueue = defineQueue(flakyJob);

/** handleFlaky fails on as many attempts as its payload says, then works. */
export const handleFlaky: JobHandler<z.output<typeof flakyJob.payload>, z.output<typeof flakyJob.result>> = async ({
  payload,
  attempt,
}) => {
  if (attempt <= payload.failures) throw new Error(`fails on purpose: attempt ${attempt} of ${payload.failures}`);
  return { attempts: attempt };
};
