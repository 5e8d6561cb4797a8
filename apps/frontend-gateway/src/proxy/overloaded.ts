import { OVERLOADED_HEADER } from '@nestfleet/contracts';
import { type Outcome, outcomeOfStatus, type Pick, retryAfterIn } from '@nestfleet/discovery';
import { ProblemError } from '@nestfleet/service';
import type { AnswerHeaders } from './answer-head.ts';

/** isOverloaded: an answer by which a replica says that it is full, and has not begun the request. */
const isOverloaded = (status: number, headers: AnswerHeaders): boolean =>
  status === 503 && headers[OVERLOADED_HEADER] === 'true';

/** observeAnswer tells the load balancing what the head of an answer shows of its replica. */
export function observeAnswer(pick: Pick, status: number, headers: AnswerHeaders): Outcome {
  const outcome = isOverloaded(status, headers) ? 'overloaded' : outcomeOfStatus(status);
  const after = outcome === 'overloaded' ? headers['retry-after'] : undefined;
  pick.observe(outcome, typeof after === 'string' ? { retryAfterMs: retryAfterIn(after, Date.now()) } : undefined);
  return outcome;
}

export const replicaFull = (): Error => new Error('the replica is full, and did not begin the request');

/** replicasFull is the answer where a full replica did not begin the request, and no other one could be reached. */
export const replicasFull = (errors: readonly Error[]): ProblemError =>
  new ProblemError(
    {
      status: 503,
      code: 'overloaded',
      title: 'The service is full',
      detail: 'A replica is full and did not begin the request, and no other one took it',
      retryAfterS: 1,
      headers: { [OVERLOADED_HEADER]: 'true' },
    },
    { cause: new AggregateError(errors) },
  );
