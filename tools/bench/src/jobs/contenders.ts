/**
 * Contender is who is measured: a producer and a worker, two processes of their own. `hasEffect`: the handler adds 1 to a number in
 * Redis; ours by an effect that is done once, with its record.
 */
export interface Contender {
  readonly words: string;
  readonly isPlain: boolean;
  readonly hasEffect: boolean;
}

/** Each of ours is compared with the one of the same handler, in the same round. */
export const CONTENDERS = {
  bullmq: { words: 'BullMQ by itself', isPlain: true, hasEffect: false },
  jobs: { words: 'libs/jobs', isPlain: false, hasEffect: false },
  'bullmq-effect': { words: 'BullMQ by itself, handlers with INCR', isPlain: true, hasEffect: true },
  'jobs-effect': { words: 'libs/jobs, handlers with an effect', isPlain: false, hasEffect: true },
} as const satisfies Record<string, Contender>;
export type ContenderName = keyof typeof CONTENDERS;

export const NAMES = Object.keys(CONTENDERS) as ContenderName[];

/** baselineOf is who a contender is compared with. */
export const baselineOf = (name: ContenderName): ContenderName =>
  CONTENDERS[name].hasEffect ? 'bullmq-effect' : 'bullmq';

export interface ContenderOrder {
  readonly name: ContenderName;
  readonly role: 'producer' | 'worker';
  readonly redisUrl: string;
}

/** What a process is told to do: a producer to enqueue so many jobs, a worker to complete as many more. */
export interface JobsOrder {
  readonly jobs: number;
}

/** What it says when it has: the CPU that it took since it was told, user and system of all its threads. */
export interface JobsReport {
  readonly cpuUs: number;
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
  visibilityMs: 30_000,
  /** What our worker makes of the visibility. */
  locks: { lockDuration: 37_500, lockRenewTime: 3_000, stalledInterval: 3_000 },
  /** More jobs than a run has: all are kept, by each. */
  keepMax: 1_000_000,
  keepCompletedMs: 3_600_000,
  keepFailedMs: 7 * 24 * 3_600_000,
  stackTraceLimit: 3,
  eventsMax: 100,
} as const;
