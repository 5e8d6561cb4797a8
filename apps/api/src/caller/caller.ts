import { clientNetwork } from '@nestfleet/service';
import { publicSessionId } from '@nestfleet/state';
import type { FastifyRequest } from 'fastify';
import type { SessionCookie } from './session-cookie.ts';

/** callerOf identifies the caller as far as it can be known: its session by the signed cookie, else its address. */
export function callerOf(request: FastifyRequest, cookie: SessionCookie): string {
  const presented = cookie.read(request);
  return presented === undefined ? addressOf(request) : `s-${publicSessionId(presented.id)}`;
}

/** addressOf is who calls without a session. */
export const addressOf = (request: FastifyRequest): string => `a-${clientNetwork(request)}`;
