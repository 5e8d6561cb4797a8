import { z } from 'zod';
import { demoJob, flakyJob, primesJob } from './job-descriptors.ts';

export const jobState = z.enum(['waiting', 'delayed', 'active', 'completed', 'failed', 'cancelled']);
export type JobState = z.infer<typeof jobState>;

/** `<queue>.<id>`: the queue's name is in it, so that any replica finds the job. */
export const jobId = z
  .string()
  .max(128)
  .regex(/^[a-z][a-z0-9-]{0,30}\.[A-Za-z0-9_-]{1,90}$/, 'is <queue>.<id>')
  .describe('Job id as the enqueue answered it');

export const job = z
  .object({
    id: z.string(),
    name: z.string(),
    state: jobState,
    progress: z.number().min(0).max(100).describe('Per cent'),
    attempts: z.int().describe('Attempts made so far'),
    processed_by: z.string().nullable().describe('Instance name of the worker that ran or runs it'),
    result: z.unknown().nullable(),
    error: z.string().nullable().describe('Message of the last failed attempt'),
    payload_version: z.int(),
  })
  .meta({ id: 'Job' });
export type Job = z.infer<typeof job>;

export const postJob = z
  .discriminatedUnion('name', [
    z.strictObject({ name: z.literal(demoJob.name), payload: demoJob.payload }),
    z.strictObject({ name: z.literal(primesJob.name), payload: primesJob.payload }),
    z.strictObject({ name: z.literal(flakyJob.name), payload: flakyJob.payload }),
  ])
  .meta({ id: 'PostJob' });
export type PostJob = z.infer<typeof postJob>;

export const enqueued = z
  .object({
    id: z.string(),
    name: z.string(),
    outcome: z.enum(['created', 'existing']),
    served_by: z.string(),
  })
  .meta({ id: 'Enqueued' });
export type Enqueued = z.infer<typeof enqueued>;

export const jobList = z.object({ jobs: z.array(job) }).meta({ id: 'JobList' });
export type JobList = z.infer<typeof jobList>;

export const listJobsQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(20).describe('How many, newest first'),
});
export type ListJobsQuery = z.infer<typeof listJobsQuery>;

/** `GET /enqueue?job=x`. */
export const enqueueQuery = z.strictObject({
  job: z.string().min(1).max(200).describe('Any text; the worker echoes it'),
});
