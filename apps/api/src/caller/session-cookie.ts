import { badHeader, clientProtocol } from '@nestfleet/service';
import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';

export const SESSION_COOKIE = 'sid';

export interface PresentedSession {
  /** The secret id. Whether it is one, and of a session that lives, only the store knows. */
  readonly id: string;
  /** Signed by an older key: a route that may set the cookie gives it anew, or it dies with that key. */
  readonly stale: boolean;
}

/** What a signature of ours may stand behind; nothing else is worth the work of looking. */
const signedPattern = /^[^.]+\.[A-Za-z0-9+/]{43}$/;

/** Clients may write any value in quotes (RFC 6265 section 4.1.1), and some do so where it has a slash. */
const quotedPattern = /^"(.*)"$/;

function presentedValues({ headers, server }: FastifyRequest): readonly string[] {
  const pairs = headers.cookie?.split(';').filter((pair) => pair.trimStart().startsWith(SESSION_COOKIE)) ?? [];
  return pairs
    .flatMap((pair) => server.parseCookie(pair)[SESSION_COOKIE] ?? [])
    .map((value) => quotedPattern.exec(value)?.[1] ?? value)
    .filter((value) => signedPattern.test(value));
}

/** SessionCookie is the `sid` cookie: a session's secret id with our signature. Cookies that we did not sign are ignored. */
@Injectable()
export class SessionCookie {
  /**
   * All cookies of the name decide, not the first: others may have set theirs beside ours, for a parent domain or a path.
   * @throws ProblemError 400 where two are ours: somebody wants their session to be taken for that of the caller
   */
  read(request: FastifyRequest): PresentedSession | undefined {
    const ours = presentedValues(request).flatMap((signed) => {
      const { valid, value, renew } = request.unsignCookie(signed);
      return valid ? [{ id: value, stale: renew }] : [];
    });
    const [first] = ours;
    if (first === undefined) return undefined;
    if (ours.some(({ id }) => id !== first.id)) throw badHeader('cookie', `has ${SESSION_COOKIE} of two sessions`);
    return { id: first.id, stale: ours.every(({ stale }) => stale) };
  }

  /** Only after the store has answered: while it is unreachable a client keeps the cookie that it has. */
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
    // The protocol is the client's, as a proxy of TRUSTED_PROXIES forwards it.
    return { httpOnly: true, sameSite: 'lax', path: '/', secure: clientProtocol(request) === 'https' } as const;
  }
}
