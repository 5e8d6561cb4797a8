import { CodedError, type ErrorKind } from '@nestfleet/errors';

/** JOBS_ERRORS is every error of this lib, by code. `status` is the HTTP status that fits when an api answers with it. */
export const JOBS_ERRORS = {
  jobs_unavailable: {
    status: 503,
    meaning: 'Redis could not be reached in time; nothing was enqueued, and to cancel again does no harm',
  },
  jobs_writes_refused: {
    status: 503,
    meaning:
      'Redis answers and takes no writes now (a replica, full, its disk, its user); nothing was enqueued or changed',
  },
  jobs_outcome_unknown: {
    status: 503,
    meaning:
      'the command was sent, and no answer came or one that says nothing: enqueue again with the same id or idempotency token, it cannot make a second job',
  },
  queue_full: {
    status: 503,
    retryAfterS: 5,
    meaning: 'as many jobs wait in the queue as it allows (`backlogMax`); nothing was enqueued',
  },
  jobs_memory_low: {
    status: 503,
    retryAfterS: 5,
    meaning: 'the memory of Redis is nearly used up, and the rest is for workers; nothing was enqueued',
  },
  unknown_queue: { status: 500, meaning: 'the queue is not one of those that openJobs() was given' },
  handler_exists: {
    status: 500,
    meaning: 'this process has a handler of the queue already; a second one would share its jobs',
  },
  handler_missing: {
    status: 500,
    meaning: 'no handler of the queue was given to consume(); its jobs would wait for ever',
  },
  handler_scoped: {
    status: 500,
    meaning: 'a processor is made anew for each request (REQUEST or TRANSIENT scope), and a job has no request',
  },
  jobs_registered_twice: {
    status: 500,
    meaning: 'the application imports two JobsModules of one name, or two without; give the second one a `name`',
  },
  invalid_payload: { status: 400, meaning: 'the payload does not fit the descriptor; `issues` names the fields' },
  payload_too_large: { status: 413, meaning: 'the payload has more bytes as JSON than the descriptor allows' },
  invalid_job_id: { status: 400, meaning: 'a job id is `<queue>.<id>`, and an own id is 1 to 90 of A-Z a-z 0-9 _ -' },
  invalid_priority: { status: 400, meaning: 'a priority is a whole number from 1 to 2,097,151' },
  invalid_delay: { status: 400, meaning: 'a delay is a whole number of milliseconds from 0 to 365 days' },
  invalid_idempotency_token: { status: 400, meaning: 'an idempotency token has 1 to 128 characters' },
  idempotency_token_reused: {
    status: 422,
    meaning: 'with this idempotency token another payload was enqueued; now nothing was',
  },
  invalid_cursor: { status: 400, meaning: 'the cursor is not one that a list answered' },
  job_not_found: { status: 404, meaning: 'there is no such job, or it is past its retention' },
  job_expired: { status: 410, meaning: 'the job has ended, and is past its retention; said for 24 h' },
  job_finished: { status: 409, meaning: 'the job has completed or failed already' },
  job_not_failed: { status: 409, meaning: 'the job waits, runs or has completed; only failed jobs can be retried' },
  dead_letter: {
    status: 500,
    meaning: 'workers died with the job alone as often as is allowed; it has failed, is listed and can be retried',
  },
  payload_version: {
    status: 500,
    meaning: 'the job was enqueued with an older payload version, and `upcast` has no step for it',
  },
  invalid_result: {
    status: 500,
    meaning:
      'the handler returned what does not fit the descriptor or JSON; the job has failed, and is not tried again',
  },
  result_too_large: {
    status: 500,
    meaning: 'the result has more bytes as JSON than the descriptor allows; the job has failed, and is not tried again',
  },
  time_limit: {
    status: 500,
    meaning: 'the attempt took longer than `timeLimitMs` of the descriptor; it has failed (reason of `signal`)',
  },
  cancelled: { status: 500, meaning: 'somebody cancelled the job while it ran (reason of `signal`)' },
  worker_shutdown: {
    status: 500,
    meaning: 'the worker is shutting down; the job is released to another one (reason of `signal`)',
  },
  invalid_effect: {
    status: 500,
    meaning: 'the effect has no valid name, key or value, or a key holds something else; nothing was written',
  },
  lock_lost: { status: 500, meaning: 'the job was given to another worker meanwhile (reason of `signal`)' },
} as const satisfies Record<string, ErrorKind>;
export type JobsErrorCode = keyof typeof JOBS_ERRORS;

/** One field at fault, path in dots. */
export interface PayloadIssue {
  readonly path: string;
  readonly message: string;
}

export class JobsError extends CodedError<JobsErrorCode> {
  override readonly name = 'JobsError';
  /** Filled for `invalid_payload` and `invalid_result`. */
  readonly issues: readonly PayloadIssue[];

  constructor(
    code: JobsErrorCode,
    detail: string,
    options: { cause?: unknown; issues?: readonly PayloadIssue[] } = {},
  ) {
    super(code, JOBS_ERRORS[code], `${detail} (${code})`, { cause: options.cause });
    this.issues = options.issues ?? [];
  }
}
