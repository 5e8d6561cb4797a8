import { publicSessionId } from '@nestfleet/state';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

export const SESSION_COOKIE = 'sid';

/** 128 bits in base64url. Anything else was not made here, whatever its signature. */
const idPattern = /^[A-Za-z0-9_-]{22}$/;

/** The `sid` cookie: a session's secret id with our signature. Cookies that we did not sign are as good as none. */
@Injectable()
export class SessionCookie {
  /** The secret id, when the signature is ours. Whether the session still exists only the store knows. */
  read(request: FastifyRequest): string | undefined {
    const signed = request.cookies[SESSION_COOKIE];
    if (signed === undefined) return undefined;
    const { valid, value } = request.unsignCookie(signed);
    return valid && value !== null && idPattern.test(value) ? value : undefined;
  }

  /** Public id of the caller's session: what may own things. */
  owner(request: FastifyRequest): string | undefined {
    const id = this.read(request);
    return id === undefined ? undefined : publicSessionId(id);
  }

  issue(request: FastifyRequest, reply: FastifyReply, id: string): void {
    void reply.setCookie(SESSION_COOKIE, id, {
      signed: true,
      httpOnly: true,
      sameSite: 'lax',
      path: '/',
      secure: request.protocol === 'https',
    });
  }
}
