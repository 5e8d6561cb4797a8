import { defineQueue } from '@nestfleet/jobs';
import { z } from 'zod';

/** Jobs that have an effect, in a worker that may die at any step of them. */
export const counted = defineQueue({
  name: 'counted',
  version: 1,
  payload: z.strictObject({ n: z.int() }),
  result: z.strictObject({ total: z.int() }),
  attempts: 3,
  backoffMs: 1,
  concurrency: 5,
});

export const VISIBILITY_MS = 2_000;

/** Steps of a job that its worker tells of, so that a test can kill it there. */
export const STEPS = ['begun', 'asked', 'done'] as const;
export type Step = (typeof STEPS)[number];
