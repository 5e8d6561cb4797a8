import { JobsError } from '@nestfleet/jobs';
import { deadlineExceeded, type ProblemSpec, remainingMs } from '@nestfleet/service';
import { StateError } from '@nestfleet/state';

const TITLES: Readonly<Record<number, string>> = {
  400: 'The request does not fit',
  404: 'Nothing is here',
  409: 'The state does not allow it',
  410: 'It is no longer here',
  412: 'It has changed meanwhile',
  413: 'It is too large',
  422: 'The key was used for another request',
  503: 'The shared store is unavailable',
};

const WRITES_REFUSED = 'The shared store refuses writes';
const MEMORY_LOW = 'The shared store is nearly full';
/** Where one status has several kinds of problem. */
const TITLES_BY_CODE: Readonly<Record<string, string>> = {
  state_writes_refused: WRITES_REFUSED,
  jobs_writes_refused: WRITES_REFUSED,
  state_memory_low: MEMORY_LOW,
  jobs_memory_low: MEMORY_LOW,
  queue_full: 'The queue is full',
};

/** What a caller may do about an unreachable store depends on whether its request was sent. */
const ADVICE: Readonly<Record<string, string>> = {
  // What is idempotent has this code too where it was sent and no answer came.
  state_unavailable: 'Nothing was done, or it does no harm twice; try again',
  state_writes_refused: 'It answers and takes no changes now; nothing was done, try again',
  jobs_unavailable: 'Nothing was done, or it does no harm twice; try again',
  jobs_writes_refused: 'It answers and takes no changes now; nothing was done, try again',
  state_memory_low: 'Nothing was done; try again later, or without an Idempotency-Key; values are taken with a session',
  jobs_memory_low: 'Nothing was enqueued, so that workers have room; try again later',
  queue_full: 'Nothing was enqueued: as many jobs wait as the queue allows; try again later',
  state_outcome_unknown: 'It may or may not have been done; read before you try again',
  jobs_outcome_unknown: 'It may or may not have been done; read before you try again',
};

/** Field to blame, where the schema of the route cannot see the fault. */
const FIELDS: Readonly<Record<string, string>> = {
  invalid_key: 'key',
  invalid_value: 'value',
  value_too_large: 'value',
  invalid_ttl: 'ttl_ms',
  invalid_amount: 'by',
  invalid_window: 'window_ms',
  idempotency_token_reused: 'idempotency-key',
  invalid_cursor: 'cursor',
  invalid_limit: 'limit',
  invalid_session_data: 'fields',
};

/** With less than this left of the caller's time nothing is sent to Redis any more, milliseconds. */
const TIME_USED_UP_MS = 10;
const NOT_DONE = new Set(['state_unavailable', 'jobs_unavailable']);

/** apiProblem maps the libs' coded errors to problem+json. What has no title here is our own fault and stays a 500. */
export function apiProblem(error: unknown): ProblemSpec | undefined {
  if (!(error instanceof StateError) && !(error instanceof JobsError)) return undefined;
  const { code, status, message, retryAfterS } = error;
  // What was not even sent for want of time says nothing of the store.
  if (NOT_DONE.has(code) && remainingMs() < TIME_USED_UP_MS) return deadlineExceeded().spec;
  const title = TITLES_BY_CODE[code] ?? TITLES[status];
  if (title === undefined) return undefined;
  const retry = retryAfterS === undefined ? {} : { retryAfterS };
  const field = FIELDS[code];
  const named = field === undefined ? [] : [{ path: field, message }];
  const issues = error instanceof JobsError && error.issues.length > 0 ? error.issues : named;
  return { status, code, title, detail: ADVICE[code] ?? message, errors: issues, ...retry };
}
