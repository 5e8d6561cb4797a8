import { defineQueue } from '@nestfleet/jobs';
import { z } from 'zod';

/** Jobs that take their time, and jobs that end the process they run in. */
export const mix = defineQueue({
  name: 'mix',
  version: 1,
  payload: z.strictObject({ ms: z.int(), poison: z.boolean() }),
  result: z.strictObject({ ended: z.boolean() }),
  attempts: 1,
  backoffMs: 1,
  concurrency: 10,
});

export const VISIBILITY_MS = 2_000;
