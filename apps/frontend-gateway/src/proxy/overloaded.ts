import { OVERLOADED_HEADER } from '@nestfleet/contracts';
import { type Outcome, outcomeOfStatus, type Pick, retryAfterIn } from '@nestfleet/discovery';
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
