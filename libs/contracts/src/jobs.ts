import { z } from 'zod';
import { servedBy } from './served-by.ts';
import { demoJob, flakyJob, primesJob } from './job-descriptors.ts';
import { wholeNumber } from './whole-number.ts';

export const jobState = z.enum(['waiting', 'delayed', 'active', 'completed', 'failed', 'cancelled']);
export type JobState = z.infer<typeof jobState>;

/** `<queue>.<id>`: the queue's name is in it, so that any replica finds the job. */
export const jobId = z
  .string()
  .max(128)
  .regex(/^[a-z][a-z0-9-]{0,30}\.[A-Za-z0-9_-]{1,90}$/, 'is <queue>.<id>')
  .meta({ description: 'Job id as the enqueue answered it', examples: ['demo.0f8a2c'] });

export const job = z.object({
  id: z.string().describe('`<queue>.<id>`'),
  name: z.string().describe('Which kind of job it is'),
  state: jobState.describe('`delayed`: it waits for its time, its next attempt or a newer worker'),
  progress: z.number().min(0).max(100).describe('Per cent'),
  attempts: z.int().describe('Attempts made so far'),
  processed_by: z.string().nullable().describe('Instance name of the worker that ran or runs it'),
  result: z.unknown().nullable(),
  error: z.string().nullable().describe('Message of the last failed attempt'),
  payload_version: z.int().describe('Version of the shape of its payload'),
});
export type Job = z.infer<typeof job>;

const knownResult = z.union([
  demoJob.result,
  primesJob.result,
  flakyJob.result,
  z.record(z.string(), z.unknown()).meta({ description: 'What a job of another kind answers' }),
]);

const JOB_EXAMPLE = {
  id: 'primes.0f8a2c',
  name: 'primes',
  state: 'completed',
  progress: 100,
  attempts: 1,
  processed_by: 'worker-1',
  result: { below: 20_000, primes: 2_262, thread_id: 3 },
  error: null,
  payload_version: 1,
};

/** A `job` as the api documents it, with the results of the jobs that it takes; readers take any, for a newer one's sake. */
export const documentedJob = job
  .extend({ result: knownResult.nullable().describe('What its worker made of it; null until it has completed') })
  .meta({
    id: 'Job',
    description: 'The job, as it stands now',
    examples: [JOB_EXAMPLE],
  });

export const postJob = z
  .discriminatedUnion('name', [
    z.strictObject({ name: z.literal(demoJob.name), payload: demoJob.payload }),
    z.strictObject({ name: z.literal(primesJob.name), payload: primesJob.payload }),
    z.strictObject({ name: z.literal(flakyJob.name), payload: flakyJob.payload }),
  ])
  .meta({
    id: 'PostJob',
    description: 'Which job, and what it works on',
    examples: [{ name: 'demo', payload: { job: 'Say hello' } }],
  });
export type PostJob = z.infer<typeof postJob>;

export const enqueued = z
  .object({
    id: z.string().describe('Ask for the job by it'),
    name: z.string().describe('Which kind of job it is'),
    outcome: z
      .enum(['created', 'existing'])
      .describe('`existing`: the same was enqueued before, and is not done twice'),
    served_by: servedBy,
  })
  .meta({
    id: 'Enqueued',
    description: 'The job waits for a worker',
    examples: [{ id: 'demo.0f8a2c', name: 'demo', outcome: 'created', served_by: 'api-2' }],
  });
export type Enqueued = z.infer<typeof enqueued>;

export const jobList = z.object({ jobs: z.array(job) });
export type JobList = z.infer<typeof jobList>;

export const documentedJobList = z
  .object({ jobs: z.array(documentedJob) })
  .meta({ id: 'JobList', description: 'Jobs of the session, newest first', examples: [{ jobs: [JOB_EXAMPLE] }] });

export const listJobsQuery = z.strictObject({
  limit: wholeNumber(1, 100).prefault(20).describe('How many, newest first'),
});
export type ListJobsQuery = z.infer<typeof listJobsQuery>;

export const listDeadLettersQuery = z.strictObject({
  cursor: z
    .string()
    .max(256)
    .regex(/^[A-Za-z0-9_-]*$/)
    .optional()
    .describe('next_cursor of the page before'),
  limit: wholeNumber(1, 100).prefault(20).describe('How many a page holds'),
});
export type ListDeadLettersQuery = z.infer<typeof listDeadLettersQuery>;

export interface DeadLetterList {
  readonly jobs: readonly Job[];
  readonly next_cursor: string | null;
}

export const documentedDeadLetterList = z
  .object({
    jobs: z.array(documentedJob),
    next_cursor: z.string().nullable().describe('Cursor of the next page; null on the last one'),
  })
  .meta({
    id: 'DeadLetterList',
    description: 'One page of dead letters, newest first',
    examples: [
      {
        jobs: [
          {
            ...JOB_EXAMPLE,
            state: 'failed',
            progress: 0,
            result: null,
            error: 'Workers died 3 times with this job alone (dead_letter)',
          },
        ],
        next_cursor: null,
      },
    ],
  });

export const retriedJob = z
  .object({
    id: z.string().describe('The id that it had before'),
    name: z.string().describe('Which kind of job it is'),
    served_by: servedBy,
  })
  .meta({
    id: 'RetriedJob',
    description: 'The job waits for a worker again, with all its attempts',
    examples: [{ id: 'primes.0f8a2c', name: 'primes', served_by: 'api-2' }],
  });
export type RetriedJob = z.infer<typeof retriedJob>;

/** `GET /enqueue?job=x`. */
export const enqueueQuery = z.strictObject({
  job: z
    .string()
    .min(1)
    .max(200)
    .meta({ description: 'Any text; the worker echoes it', examples: ['Say hello'] }),
});
