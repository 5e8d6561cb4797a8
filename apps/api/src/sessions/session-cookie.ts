import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

export const SESSION_COOKIE = 'sid';

export interface PresentedSession {
  /** The secret id. Whether it is one, and of a session that lives, only the store knows. */
  readonly id: string;
  /** Signed by an older key: a route that may set the cookie gives it anew, or it dies with that key. */
  readonly stale: boolean;
}

/** The `sid` cookie: a session's secret id with our signature. Cookies that we did not sign are as good as none. */
@Injectable()
export class SessionCookie {
  read(request: FastifyRequest): PresentedSession | undefined {
    const signed = request.cookies[SESSION_COOKIE];
    if (signed === undefined) return undefined;
    const { valid, value, renew } = request.unsignCookie(signed);
    return valid && value !== null ? { id: value, stale: renew } : undefined;
  }

  /** Only after the store has answered: while it is away a client keeps the cookie that it has. */
  issue(request: FastifyRequest, reply: FastifyReply, id: string): void {
    void reply.setCookie(SESSION_COOKIE, id, { ...this.flags(request), signed: true });
  }

  renew(request: FastifyRequest, reply: FastifyReply, { id, stale }: PresentedSession): void {
    if (stale) this.issue(request, reply, id);
  }

  /** Takes away whatever the client holds under this name, signed by us or not. */
  clear(request: FastifyRequest, reply: FastifyReply): void {
    if (request.cookies[SESSION_COOKIE] !== undefined) void reply.clearCookie(SESSION_COOKIE, this.flags(request));
  }

  private flags(request: FastifyRequest) {
    // The protocol is the client's, as a proxy tells it that TRUSTED_PROXIES names.
    return { httpOnly: true, sameSite: 'lax', path: '/', secure: request.protocol === 'https' } as const;
  }
}
