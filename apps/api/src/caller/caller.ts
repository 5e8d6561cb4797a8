import { clientNetwork } from '@nestfleet/service';
import { publicSessionId } from '@nestfleet/state';
import type { FastifyRequest } from 'fastify';
import type { SessionCookie } from './session-cookie.ts';

/** callerOf identifies the caller as far as it can be known: its session by the signed cookie, else its address. */
export function callerOf(request: FastifyRequest, cookie: SessionCookie): string {
  const presented = cookie.read(request);
  return presented === undefined ? `a-${clientNetwork(request)}` : `s-${publicSessionId(presented.id)}`;
}
