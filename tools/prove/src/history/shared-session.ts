import { setTimeout as sleep } from 'node:timers/promises';
import type { Visit } from '@nestfleet/contracts';
import type { OpBody, Read } from './op.ts';
import { type Recorder, type Reply, bodyOf, sidSet } from './recorder.ts';

/** A session that several clients use, under the id that it has now. */
export interface SharedSession {
  /** What the run calls it; stays when its id changes. */
  readonly object: string;
  /** What the run calls its present id. */
  sid: string;
  cookie: string;
  publicId: string;
}

/** What the answers about a session show. */
export interface SessionBody {
  readonly session_id: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly count: number;
}

/** The field that whole edits add to. */
export const LIST = 'list';

const OPEN_ATTEMPTS = 20;
const OPEN_PAUSE_MS = 100;

/** Opens one by a first visit. @throws when that does not succeed */
export async function openSession(by: Recorder, object: string): Promise<SharedSession> {
  for (let attempt = 1; attempt <= OPEN_ATTEMPTS; attempt += 1) {
    const sid = `${object}/${attempt}`;
    const reply = await by.send(undefined, '/', {}, (given) => visitOf(given, { object, sid }, undefined));
    const cookie = sidSet(reply);
    const { session_id: publicId } = bodyOf<Visit>(reply);
    if (cookie !== undefined && publicId !== undefined) return { object, sid, cookie, publicId };
    await sleep(OPEN_PAUSE_MS);
  }
  throw new Error(`${by.client} could not open ${object}`);
}

/** @param publicId of the session that was presented; undefined for a first visit, whose session is its own */
export function visitOf(
  reply: Reply,
  { object, sid }: Pick<SharedSession, 'object' | 'sid'>,
  publicId: string | undefined,
): OpBody {
  const { session_id, session_count: inSession, global_count: inAll } = bodyOf<Visit>(reply);
  if (inSession === undefined || inAll === undefined) return { do: 'visit', object, sid };
  const isSameSession = publicId === undefined || session_id === publicId;
  return { do: 'visit', object, sid, counted: { inSession, inAll, isSameSession } };
}

/** What a good answer shows of the session; nothing for another one. */
export function readOf(reply: Reply, { object, sid }: Pick<SharedSession, 'object' | 'sid'>): Read[] {
  const { fields, count } = bodyOf<SessionBody>(reply);
  if (fields === undefined) return [];
  const texts = Object.entries(fields).filter((each): each is [string, string] => typeof each[1] === 'string');
  return [
    {
      do: 'read',
      object,
      sid,
      fields: Object.fromEntries(texts),
      tokens: tokensOf(fields[LIST]),
      ...(count === undefined ? {} : { count }),
    },
  ];
}

export const tokensOf = (list: unknown): string[] => (Array.isArray(list) ? (list as string[]) : []);

export const json = (body: unknown, headers: Readonly<Record<string, string>> = {}) => ({
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});
