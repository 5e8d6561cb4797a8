import type { Operation } from '../load/operation.ts';

/** A made-up request for the tests of checkers: a good visit of client 0 unless said otherwise. */
export function operation(part: Partial<Operation> & { readonly atMs?: number; readonly tookMs?: number }): Operation {
  const { atMs = 0, tookMs = 5, ...rest } = part;
  return {
    worker: 0,
    kind: 'visit',
    retryPolicy: 'connect-failure',
    connection: 'new',
    invokedMs: atMs,
    endedMs: atMs + tookMs,
    outcome: 'ok',
    reason: '200',
    servedBy: 'api-1',
    instanceId: 'api-1-1',
    ...rest,
  };
}

/** Visits of one client, one after the other, with these counts; `unknown` for one without an answer. */
export const visitsWith = (counts: readonly (number | 'unknown' | 'fail')[], worker = 0): Operation[] =>
  counts.map((count, at) =>
    typeof count === 'string'
      ? operation({ worker, atMs: at * 10, outcome: count, reason: 'ECONNRESET' })
      : operation({
          worker,
          atMs: at * 10,
          visit: { session_id: `session-${worker}`, session_count: count, global_count: 100 * (worker + 1) + count },
        }),
  );
