import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OpBody } from './op.ts';
import { CLIENT_WAITS_MS, IMPATIENT_MS, type Recorder, bodyOf, sidSet } from './recorder.ts';
import { LIST, type SessionBody, type SharedSession, json, readOf, tokensOf, visitOf } from './shared-session.ts';

/** One step of a client; it is taken again and again. */
export type Step = () => Promise<unknown>;

/** A copy: while a request is under way somebody else may change the session's id. */
const now = (session: SharedSession): Readonly<SharedSession> => ({ ...session });

/** Writes a field of its own or the one that all write, without a look at the version. */
export function fieldWriter(by: Recorder, session: SharedSession): Step {
  return async () => {
    const held = now(session);
    const field = by.random.next() < 0.5 ? 'common' : `own-${by.client}`;
    const value = by.fresh();
    await by.send(
      held.cookie,
      '/session',
      { method: 'PATCH', ...json({ fields: { [field]: value } }) },
      (reply): OpBody[] => [{ do: 'set', object: held.object, sid: held.sid, field, value }, ...readOf(reply, held)],
    );
  };
}

/** Reads the session, or visits it. */
export function sessionReader(by: Recorder, session: SharedSession): Step {
  return async () => {
    const held = now(session);
    if (by.random.next() < 0.5) await by.send(held.cookie, '/session', {}, (reply) => readOf(reply, held));
    else await by.send(held.cookie, '/', {}, (reply) => visitOf(reply, held, held.publicId));
  };
}

/** Reads the session, adds a token to its list, and writes that over the version that it has read. */
export function sessionEditor(by: Recorder, session: SharedSession): Step {
  return async () => {
    const held = now(session);
    const seen = await by.send(held.cookie, '/session', {}, (reply) => readOf(reply, held));
    const { fields } = bodyOf<SessionBody>(seen);
    const etag = seen.answer?.headers.etag;
    if (fields === undefined || etag === undefined) return;
    const token = by.fresh();
    const changed = { fields: { [LIST]: [...tokensOf(fields[LIST]), token] } };
    await by.send(
      held.cookie,
      '/session',
      { method: 'PATCH', ...json(changed, { 'if-match': etag }) },
      (reply): OpBody[] => [{ do: 'edit', object: held.object, token, sid: held.sid }, ...readOf(reply, held)],
    );
  };
}

const ROTATE_ATTEMPTS_MAX = 40;
const ROTATE_PAUSE_MS = 60;

/**
 * Changes the session's id, as at a change of rights, and asks again under the same key until it has an answer, sometimes
 * after a good one too. Who comes with the old id is told that there is none.
 */
export function rotator(by: Recorder, session: SharedSession): Step {
  let times = 0;
  return async () => {
    const held = now(session);
    const sid = `${held.object}/r${(times += 1)}`;
    // A secret of its own: it is half of the way from the old id to the session.
    const key = randomUUID();
    let wanted = by.random.next() < 0.3 ? 2 : 1;
    for (let attempt = 1; wanted > 0 && attempt <= ROTATE_ATTEMPTS_MAX; attempt += 1) {
      const moved = await rotate(by, held, key, attempt === 1 && by.random.next() < 0.3);
      if (moved === undefined) await sleep(ROTATE_PAUSE_MS);
      else {
        wanted -= 1;
        Object.assign(session, { sid, ...moved });
      }
    }
    await by.send(held.cookie, '/session', {}, (given) => readOf(given, held));
  };
}

/** @param isImpatient hangs up early, and may have done it */
async function rotate(by: Recorder, { object, sid, cookie }: SharedSession, key: string, isImpatient: boolean) {
  const reply = await by.send(
    cookie,
    '/session/rotate',
    {
      method: 'POST',
      timeoutMs: isImpatient ? 1 + by.random.below(IMPATIENT_MS) : CLIENT_WAITS_MS,
      headers: { 'idempotency-key': key },
    },
    (given) => {
      const { session_id: movedTo } = bodyOf<SessionBody>(given);
      return { do: 'rotate', object, sid, key, ...(movedTo === undefined ? {} : { movedTo }) };
    },
  );
  const next = sidSet(reply);
  const { session_id: publicId } = bodyOf<SessionBody>(reply);
  return next === undefined || publicId === undefined ? undefined : { cookie: next, publicId };
}
