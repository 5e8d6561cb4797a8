import type { IncomingMessage } from 'node:http';
import { DEADLINE_HEADER, wholeNumberIn } from '@nestfleet/contracts';
import { ProblemError } from '../problem/problem.ts';
import type { RequestContext } from '../request-context.ts';
import { announcesBody } from '../connections/body-presence.ts';
import { badHeader } from './entity-tags.ts';

/** Eleven days; more is no time that anybody waits. */
const DEADLINE_MAX_MS = 999_999_999;

/** deadlineOf is what `x-deadline-ms` says, milliseconds; undefined for anything but a plain number. */
export function deadlineOf(header: string | string[] | undefined): number | undefined {
  const restMs = wholeNumberIn(header);
  return restMs !== undefined && restMs <= DEADLINE_MAX_MS ? restMs : undefined;
}

/** noDeadline is the answer to a time that cannot be read: it would be waited for as if there were none. */
export const noDeadline = (): ProblemError =>
  badHeader(DEADLINE_HEADER, `is a whole number from 0 to ${DEADLINE_MAX_MS}, in decimal digits only`);

/**
 * startDeadline starts the time that the caller still waits. With a body it runs from the body's end, as it does for the
 * gateway, which waits on while a body is moving.
 */
export function startDeadline(context: RequestContext, restMs: number, request: IncomingMessage): void {
  const start = (): void => {
    context.endMs = performance.now() + restMs;
  };
  if (request.complete || !announcesBody(request.headers)) start();
  else request.once('end', start);
}

/**
 * deadlineExceeded is the 504 of an expired deadline: nobody waits for the answer any more, so the work that is left is not
 * begun.
 */
export const deadlineExceeded = (): ProblemError =>
  new ProblemError({
    status: 504,
    code: 'deadline_exceeded',
    title: 'The time for this request has passed',
    detail: 'The caller’s deadline passed before this was done',
  });
