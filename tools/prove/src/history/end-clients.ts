import { type Recorder, bodyOf, sidSet } from './recorder.ts';
import type { OpBody } from './op.ts';
import { type SharedSession, json, openSession, readOf, visitOf } from './shared-session.ts';
import type { Step } from './session-clients.ts';
import type { Visit } from '@nestfleet/contracts';

/** Opens a session, ends it while others write to it, and uses the old id afterwards in every way that there is. */
export function sessionEnder(by: Recorder): Step {
  let times = 0;
  return async () => {
    const session = await openSession(by, `${by.client}-${(times += 1)}`);
    await write(by, session);
    await Promise.all([write(by, session), end(by, session), write(by, session), visit(by, session)]);
    await write(by, session);
    await Promise.all([write(by, session), visit(by, session), read(by, session)]);
    await read(by, session);
  };
}

const end = (by: Recorder, { cookie, sid }: SharedSession) =>
  by.send(cookie, '/session', { method: 'DELETE' }, () => ({ do: 'end', sid }));

const visit = (by: Recorder, session: SharedSession) =>
  by.send(session.cookie, '/', {}, (reply) => visitOf(reply, session, session.publicId));

const read = (by: Recorder, session: SharedSession) =>
  by.send(session.cookie, '/session', {}, (reply) => readOf(reply, session));

function write(by: Recorder, { object, sid, cookie }: SharedSession) {
  const value = by.fresh();
  const changed = json({ fields: { late: value } });
  return by.send(cookie, '/session', { method: 'PATCH', ...changed }, (reply): OpBody[] => [
    { do: 'set', object, sid, field: 'late', value },
    ...readOf(reply, { object, sid }),
  ]);
}

/**
 * Opens a session, lets the store forget it, and comes back with the id that it still has: well signed, and of nobody.
 * @param forget removes the session of a cookie from the store
 */
export function stranger(by: Recorder, forget: (cookie: string) => Promise<void>): Step {
  let times = 0;
  return async () => {
    const session = await openSession(by, `${by.client}-${(times += 1)}`);
    await forget(session.cookie);
    await by.send(session.cookie, '/', {}, (reply): OpBody[] => {
      const { session_id } = bodyOf<Visit>(reply);
      const isAdopted = session_id === session.publicId || sidSet(reply) === session.cookie;
      return [{ do: 'present', sid: session.sid, isAdopted }, visitOf(reply, session, session.publicId)];
    });
  };
}
