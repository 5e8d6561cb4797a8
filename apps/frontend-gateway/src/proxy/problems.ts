import { ProblemError } from '@nestfleet/service-defaults';

/** Every error answer that the proxy makes itself; all others are the api's own. */
export const noInstance = (): ProblemError =>
  new ProblemError({
    status: 503,
    code: 'no_instance',
    title: 'No replica is known',
    detail: 'No healthy api replica is known at the moment',
    retryAfterS: 1,
  });

export const upstreamFailed = (cause: Error): ProblemError =>
  new ProblemError(
    {
      status: 502,
      code: 'upstream_failed',
      title: 'A replica failed',
      detail: 'The connection to the api replica failed before it answered',
    },
    { cause },
  );

export const upstreamTimeout = (deadlineMs: number): ProblemError =>
  new ProblemError({
    status: 504,
    code: 'upstream_timeout',
    title: 'A replica did not answer in time',
    detail: `No answer of the api began within ${deadlineMs} ms`,
  });

export const clientStalled = (deadlineMs: number): ProblemError =>
  new ProblemError({
    status: 408,
    code: 'request_timeout',
    title: 'The body stopped coming',
    detail: `No part of the body came for ${deadlineMs} ms`,
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

const BROKEN = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'UND_ERR_SOCKET']);

/** The connection broke, as it does when a replica dies or closes. */
export const isBroken = (error: Error): boolean => BROKEN.has(codeOf(error));
