/** Who is measured: each is a producer and a worker, two processes of their own. */
export const CONTENDERS = {
  bullmq: 'BullMQ by itself',
  jobs: 'libs/jobs',
} as const;
export type Contender = keyof typeof CONTENDERS;

/** The baseline: every ratio is to this one, taken in the same round. */
export const BASELINE: Contender = 'bullmq';

export interface ContenderOrder {
  readonly contender: Contender;
  readonly role: 'producer' | 'worker';
  readonly redisUrl: string;
}

/** What a producer is told to enqueue. A worker says `jobs` again and again: how many it has completed in all. */
export interface EnqueueOrder {
  readonly jobs: number;
}

/** The same of all: what a job carries, how many run at a time, what is kept of it, when its lock ends. */
export const SETTINGS = {
  queue: 'bench',
  payload: { job: 'x'.repeat(100) },
  /** Enqueues that a producer has under way at a time. */
  enqueuesAtOnce: 32,
  concurrency: 10,
  attempts: 5,
  backoffMs: 1_000,
  lockMs: 37_500,
  stalledIntervalMs: 3_000,
  retention: {
    removeOnComplete: { age: 3_600, count: 1_000 },
    removeOnFail: { age: 7 * 24 * 3_600, count: 5_000 },
    stackTraceLimit: 10,
  },
} as const;
