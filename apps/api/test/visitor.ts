import type { Session, Visit } from '@nestfleet/contracts';
import fastifyCookie from '@fastify/cookie';
import { type Replica, json } from './replica.ts';

type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
type Answer = Awaited<ReturnType<Replica['app']['inject']>>;

export interface Ask {
  readonly method?: Method;
  readonly payload?: object;
  readonly headers?: Readonly<Record<string, string>>;
  /** The other end of the connection; a trusted proxy by default. */
  readonly from?: string;
}

/** The cookie of a session by the key that the replica has, as an attacker cannot make it. */
export const signed = (id: string, key: string): string => fastifyCookie.sign(id, key);

/** What an answer sets on its client: the whole line, undefined where there is none. */
export function setCookieOf(answer: Answer): string | undefined {
  const header = answer.headers['set-cookie'];
  return Array.isArray(header) ? header.join(', ') : header?.toString();
}

/** A client with a cookie jar of one: sends back what was set last, to whatever replica. */
export class Visitor {
  /** The value of the cookie. */
  sid: string | undefined;

  constructor(sid?: string) {
    this.sid = sid;
  }

  /** The secret id in the cookie. */
  get id(): string {
    return this.sid?.split('.')[0] ?? '';
  }

  async ask({ app }: Replica, url: string, { method = 'GET', payload, headers = {}, from }: Ask = {}): Promise<Answer> {
    const answer = await app.inject({
      method,
      url,
      headers: {
        ...(payload === undefined ? {} : json),
        ...(this.sid === undefined ? {} : { cookie: `sid=${encodeURIComponent(this.sid)}` }),
        ...headers,
      },
      ...(payload === undefined ? {} : { payload }),
      ...(from === undefined ? {} : { remoteAddress: from }),
    });
    const set = /^sid=([^;]*)/.exec(setCookieOf(answer) ?? '')?.[1];
    if (set !== undefined) this.sid = set === '' ? undefined : decodeURIComponent(set);
    return answer;
  }

  async visit(replica: Replica): Promise<Visit> {
    return (await this.ask(replica, '/')).json<Visit>();
  }

  async session(replica: Replica): Promise<Session> {
    return (await this.ask(replica, '/session')).json<Session>();
  }

  patch(replica: Replica, fields: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.ask(replica, '/session', { method: 'PATCH', payload: { fields }, headers });
  }

  rotate(replica: Replica): Promise<Answer> {
    return this.ask(replica, '/session/rotate', { method: 'POST' });
  }

  end(replica: Replica): Promise<Answer> {
    return this.ask(replica, '/session', { method: 'DELETE' });
  }
}
