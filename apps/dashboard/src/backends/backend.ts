import type { Enqueued, Job, JobList, PostJob, Problem, StoredValue, Topology, Visit } from '@nestfleet/contracts';

/** An answer with what its headers say about the way it took. */
export interface Answer<T> {
  readonly body: T;
  /** `x-request-id`, null where the answer carried none. */
  readonly requestId: string | null;
  /** From sending until the body was read, milliseconds. */
  readonly latencyMs: number;
}

/**
 * What the page needs of a fleet. Every method rejects with `BackendProblem` and nothing else, and always settles: an
 * adapter owns its deadline.
 */
export interface Backend {
  /** There is no fleet behind it: what it answers is made up, and the page says so. */
  readonly isDemo: boolean;
  /** Counts one visit of this session. The first one opens the session. */
  visit(): Promise<Answer<Visit>>;
  /** Calls with the same `idempotencyKey` make one job. */
  enqueue(post: PostJob, idempotencyKey: string): Promise<Answer<Enqueued>>;
  findJob(id: string): Promise<Answer<Job>>;
  /** This session's jobs, newest first. */
  listJobs(limit: number): Promise<Answer<JobList>>;
  putValue(key: string, value: string): Promise<Answer<StoredValue>>;
  /** Rejects with status 404 where nothing is stored. */
  getValue(key: string): Promise<Answer<StoredValue>>;
  topology(): Promise<Answer<Topology>>;
}

/** A request that got no good answer. `problem` is the fleet's own word, or one of `pageProblems` where it had none. */
export class BackendProblem extends Error {
  readonly problem: Problem;
  /** `Retry-After` in milliseconds, null where the answer had none. */
  readonly retryAfterMs: number | null;

  constructor(problem: Problem, retryAfterMs: number | null = null) {
    super(`${problem.code}: ${problem.detail}`);
    this.name = 'BackendProblem';
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }
}
