import { z } from 'zod';

/**
 * What a queue carries. One queue per job name; `payload` and `result` are the wire types, `version` marks the payload's
 * shape so that an old worker can refuse what it does not know.
 */
export interface JobDescriptor<
  P extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
  N extends string = string,
> {
  readonly name: N;
  readonly version: number;
  readonly payload: P;
  readonly result: R;
  /** Attempts in all, the first included. */
  readonly attempts: number;
  /** Base of the exponential back-off between attempts, milliseconds. */
  readonly backoffMs: number;
  /** Jobs of this name that one worker process runs at a time. */
  readonly concurrency: number;
  /**
   * Jobs that may wait, delayed ones too; beyond it an enqueue is refused.
   * @default 100_000
   */
  readonly backlogMax?: number;
}

const describe = <P extends z.ZodType, R extends z.ZodType, N extends string>(
  job: JobDescriptor<P, R, N>,
): JobDescriptor<P, R, N> => job;

/** Its text is logged; does I/O: writes a shared value of its own and reads it back. `GET /enqueue?job=x` makes one. */
export const demoJob = describe({
  name: 'demo',
  version: 1,
  payload: z
    .strictObject({ job: z.string().min(1).max(200).describe('Any text; the worker echoes it') })
    .meta({ id: 'DemoPayload', examples: [{ job: 'Say hello' }] }),
  result: z
    .object({
      job: z.string().describe('The text that was sent'),
      value_key: z.string().describe('Key of the shared value that the worker wrote'),
      written: z.string().describe('What it read back'),
    })
    .meta({ id: 'DemoResult', description: 'What a demo job answers' }),
  attempts: 5,
  backoffMs: 1_000,
  concurrency: 10,
});

/** Burns CPU in a worker thread: counts the primes below a limit. */
export const primesJob = describe({
  name: 'primes',
  version: 1,
  payload: z
    .strictObject({ below: z.int().min(2).max(20_000_000).describe('The limit') })
    .meta({ id: 'PrimesPayload', examples: [{ below: 20_000 }] }),
  result: z
    .object({
      below: z.int().describe('The limit'),
      primes: z.int().describe('How many primes are below it'),
      thread_id: z.int().describe('Thread of the worker that counted'),
    })
    .meta({ id: 'PrimesResult', description: 'What a primes job answers' }),
  attempts: 3,
  backoffMs: 1_000,
  concurrency: 1,
});

/** Fails on its first attempts and then works: shows retries. */
export const flakyJob = describe({
  name: 'flaky',
  version: 1,
  payload: z
    .strictObject({ failures: z.int().min(0).max(4).default(2).describe('How many attempts fail') })
    .meta({ id: 'FlakyPayload', examples: [{ failures: 2 }] }),
  result: z
    .object({ attempts: z.int().describe('Attempts in all') })
    .meta({ id: 'FlakyResult', description: 'What a flaky job answers' }),
  attempts: 5,
  backoffMs: 200,
  concurrency: 10,
});

export const jobDescriptors = { demo: demoJob, primes: primesJob, flaky: flakyJob } as const;
export type JobName = keyof typeof jobDescriptors;
export const jobNames = ['demo', 'primes', 'flaky'] as const satisfies readonly JobName[];
