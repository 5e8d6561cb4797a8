import { describe, expect, it } from '@jest/globals';
import { JobsError } from '@nestfleet/jobs';
import { StateError } from '@nestfleet/state';
import { apiProblem } from './problems.ts';

const titleOf = (error: Error) => apiProblem(error)?.title;

describe('apiProblem', () => {
  it.each([
    [new StateError('state_unavailable', 'no connection'), 503],
    [new StateError('state_writes_refused', 'OOM'), 503],
    [new StateError('state_outcome_unknown', 'no answer'), 503],
    [new StateError('version_conflict', 'at 2'), 412],
    [new StateError('value_too_large', 'too long'), 413],
    [new StateError('wrong_type', 'a list'), 409],
    [new StateError('idempotency_token_reused', 'by 2'), 422],
    [new StateError('invalid_cursor', 'not one'), 400],
    [new JobsError('jobs_writes_refused', 'OOM'), 503],
    [new JobsError('jobs_outcome_unknown', 'no answer'), 503],
    [new JobsError('payload_too_large', 'too long'), 413],
    [new JobsError('idempotency_token_reused', 'another payload'), 422],
    [new JobsError('job_finished', 'ended'), 409],
    [new JobsError('job_expired', 'ended'), 410],
  ])('%s -> %s', (error, status) => {
    const spec = apiProblem(error);
    expect(spec).toMatchObject({ status, code: error.code });
    expect(spec?.retryAfterS).toBe(status === 503 ? 1 : undefined);
  });

  it.each([
    [new StateError('state_memory_low', '90 %'), 'The shared store is nearly full'],
    [new JobsError('jobs_memory_low', '90 %'), 'The shared store is nearly full'],
    [new JobsError('queue_full', '100000'), 'The queue is full'],
  ])('%s: is to be tried again when there may be room', (error, title) =>
    expect(apiProblem(error)).toMatchObject({ status: 503, code: error.code, title, retryAfterS: 5 }),
  );

  it('tells a store that refuses writes from one that is away', () => {
    expect(titleOf(new StateError('state_writes_refused', 'x'))).toBe('The shared store refuses writes');
    expect(titleOf(new JobsError('jobs_writes_refused', 'x'))).toBe('The shared store refuses writes');
    expect(titleOf(new StateError('state_unavailable', 'x'))).toBe('The shared store is unavailable');
  });

  it('names the field that only the store could judge', () => {
    expect(apiProblem(new StateError('invalid_cursor', 'not one'))?.errors).toEqual([
      { path: 'cursor', message: 'not one' },
    ]);
    expect(apiProblem(new JobsError('idempotency_token_reused', 'x'))?.errors).toMatchObject([
      { path: 'idempotency-key' },
    ]);
    const issues = [{ path: 'job', message: 'is empty' }];
    expect(apiProblem(new JobsError('invalid_payload', 'x', { issues }))?.errors).toEqual(issues);
  });

  it('never shows where the store is', () => {
    expect(apiProblem(new StateError('state_unavailable', 'connect redis.internal:6379'))?.detail).not.toContain(
      'redis',
    );
  });

  it('leaves our own faults to be a 500', () => {
    expect(apiProblem(new JobsError('unknown_queue', 'x'))).toBeUndefined();
    expect(apiProblem(new Error('x'))).toBeUndefined();
  });
});
