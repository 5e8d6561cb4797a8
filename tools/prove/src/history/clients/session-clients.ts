import type { Deed } from '../act.ts';
import { type Recorder, bodyOf, sidSet } from '../recorder.ts';
import { LIST, type SessionBody, type SharedSession, json, readOf, tokensOf, visitOf } from '../shared-session.ts';

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
      (reply): Deed[] => [{ do: 'set', object: held.object, sid: held.sid, field, value }, ...readOf(reply, held)],
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
      (reply): Deed[] => [{ do: 'edit', object: held.object, token, sid: held.sid }, ...readOf(reply, held)],
    );
  };
}

/** Changes the session's id, as at a change of rights. Who comes with the old one is told that there is none. */
export function rotator(by: Recorder, session: SharedSession): Step {
  let times = 0;
  return async () => {
    const held = now(session);
    const sid = `${held.object}/r${(times += 1)}`;
    const reply = await by.send(held.cookie, '/session/rotate', { method: 'POST' }, (given) => {
      const isDone = sidSet(given) !== undefined;
      return { do: 'rotate', object: held.object, sid: held.sid, ...(isDone ? { next: sid } : {}) };
    });
    const cookie = sidSet(reply);
    const { session_id: publicId } = bodyOf<SessionBody>(reply);
    if (cookie !== undefined && publicId !== undefined) Object.assign(session, { sid, cookie, publicId });
    await by.send(held.cookie, '/session', {}, (given) => readOf(given, held));
  };
}
