import { maxHeaderSize } from 'node:http';
import type { Outcome } from '@nestfleet/discovery';
import { ProblemError } from '@nestfleet/service';
import { UnfitAnswer } from './answer-head.ts';
import type { Reach, RetryStop } from './retry-policy.ts';

/** Every error answer that the proxy makes itself; all others are the replicas' own. */
export const noInstance = (): ProblemError =>
  new ProblemError({
    status: 503,
    code: 'no_instance',
    title: 'No replica is known',
    detail: 'No healthy replica of the service is known at the moment',
    retryAfterS: 1,
  });

/** Every attempt's error, in order. */
type AttemptErrors = readonly Error[];

const causeOf = (errors: AttemptErrors): ErrorOptions =>
  errors.length > 1 ? { cause: new AggregateError(errors, `${errors.length} attempts failed`) } : { cause: errors[0] };

const STOPS: Record<RetryStop, string> = {
  not_retryable: 'its retry policy does not allow to send it again, because it may have been done',
  retries_exhausted: 'as many replicas were tried as one request may meet',
  no_other_host: 'there is no other replica to send it to',
  retry_budget_exhausted: 'the retry budget is exhausted',
  deadline_exceeded: 'the time for it has passed',
  streams_exhausted: 'the replica has no slot for another stream',
};

/** notRetried is the answer to a request whose last attempt failed. It names the reason why that was the last one. */
export function notRetried(stop: RetryStop, errors: AttemptErrors): ProblemError {
  const detail = `The connection to the replica failed before it answered. The request was not retried: ${STOPS[stop]}`;
  return stop === 'retry_budget_exhausted' ? retryBudgetEmpty(detail, errors) : upstreamFailed(detail, errors);
}

const upstreamFailed = (detail: string, errors: AttemptErrors): ProblemError =>
  new ProblemError({ status: 502, code: 'upstream_failed', title: 'A replica failed', detail }, causeOf(errors));

/** A retry would have been right, but too many of them are what turns an outage into a storm. */
const retryBudgetEmpty = (detail: string, errors: AttemptErrors): ProblemError =>
  new ProblemError(
    { status: 503, code: 'retry_budget_empty', title: 'Retry budget exhausted', detail, retryAfterS: 1 },
    causeOf(errors),
  );

/** No failure of the replica: another gateway may have another limit. */
export const answerTooLarge = (cause: Error): ProblemError =>
  new ProblemError(
    {
      status: 502,
      code: 'upstream_failed',
      title: 'The answer cannot be passed on',
      detail: `The head of the replica's answer is larger than ${maxHeaderSize} bytes`,
    },
    { cause },
  );

/** A replica's answer that is refused, before anything of it went out; whatever else it is stays a 500 of ours. */
export const ownFault = (fault: Error): Error =>
  fault instanceof UnfitAnswer
    ? new ProblemError(
        {
          status: 502,
          code: 'upstream_failed',
          title: 'The answer cannot be passed on',
          detail: 'The replica answered with something that is no HTTP, or has a coding that is not known here',
        },
        { cause: fault },
      )
    : fault;

export const upstreamTimeout = (deadlineMs: number, errors: AttemptErrors): ProblemError =>
  new ProblemError(
    {
      status: 504,
      code: 'upstream_timeout',
      title: 'A replica did not answer in time',
      detail: `No answer of the api began within ${deadlineMs} ms`,
    },
    causeOf(errors),
  );

export const clientStalled = (deadlineMs: number): ProblemError =>
  new ProblemError({
    status: 408,
    code: 'request_timeout',
    title: 'The body stopped coming',
    detail: `No part of the body came for ${deadlineMs} ms`,
  });

/** The client is not the only one behind its address, so it may come again. */
export const clientBufferFull = (): ProblemError =>
  new ProblemError({
    status: 503,
    code: 'too_many_bodies',
    title: 'Too many bodies are buffered',
    detail: 'The bodies from this address that come or wait for an answer are more than is buffered for it',
    retryAfterS: 5,
  });

export const streamsExhausted = (): ProblemError =>
  new ProblemError({
    status: 503,
    code: 'streams_exhausted',
    title: 'No slot for a stream is free',
    detail:
      'As many streams, large transfers or upgraded connections are open as each replica, or this proxy in all, may have',
    retryAfterS: 5,
  });

export const upgradePipelined = (): ProblemError =>
  new ProblemError({
    status: 400,
    code: 'bad_request',
    title: 'The upgrade came too early',
    detail: 'A WebSocket is opened when the answers to all earlier requests of its connection are there',
  });

export const upgradeWithBody = (): ProblemError =>
  new ProblemError({
    status: 400,
    code: 'bad_request',
    title: 'The upgrade has a body',
    detail: 'Nobody would read the body of an upgrade',
  });

export const unsendable = (cause: Error): ProblemError =>
  new ProblemError(
    {
      status: 400,
      code: 'bad_request',
      title: 'The request does not fit',
      detail: `The request cannot be passed on: ${cause.message}`,
    },
    { cause },
  );

const codeOf = (error: NodeJS.ErrnoException): string => error.code ?? '';

/** The request itself is at fault, so another replica would not help. */
export const isUnsendable = (error: Error): boolean =>
  ['UND_ERR_INVALID_ARG', 'UND_ERR_NOT_SUPPORTED'].includes(codeOf(error));

export const isTooLarge = (error: Error): boolean =>
  ['UND_ERR_HEADERS_OVERFLOW', 'HPE_HEADER_OVERFLOW'].includes(codeOf(error));

/** Shortages of our own on the way to a connection: no failures of the replica. */
const OURS = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'EADDRNOTAVAIL']);

/** outcomeOf is what an error shows of the replica that the attempt was for. */
export function outcomeOf(reach: Reach, error: Error): Outcome {
  if (isTooLarge(error)) return 'unknown';
  // Something came that is no HTTP, whether or not anybody was told that an answer began.
  if (reach === 'answered' || codeOf(error).startsWith('HPE_')) return 'broken';
  return OURS.has(codeOf(error)) ? 'unknown' : 'refused';
}
