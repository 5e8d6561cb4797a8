import { errorOf, wordsOf } from '@nestfleet/contracts';
import { RATE_LIMIT_ERROR, UnrecoverableError } from 'bullmq';

/** Told by its name too, as BullMQ does: a handler may have another copy of it. */
export function isUnrecoverable(thrown: unknown): boolean {
  const error = errorOf(thrown);
  return error instanceof UnrecoverableError || error.name === 'UnrecoverableError';
}

/**
 * failureOf is the Error that BullMQ gets for what an attempt threw. Never the thrown value itself: BullMQ reads `.message` of
 * whatever it is, and takes some names and one text for orders of its own, after which the job stays active until its
 * lock runs out.
 */
export function failureOf(thrown: unknown): Error {
  const thrownMessage = wordsOf(thrown);
  const message = thrownMessage === RATE_LIMIT_ERROR ? `the handler said ${thrownMessage}` : thrownMessage;
  const failure = isUnrecoverable(thrown) ? new UnrecoverableError(message) : new Error(message);
  const { stack } = errorOf(thrown);
  if (stack !== undefined) failure.stack = stack;
  return failure;
}
