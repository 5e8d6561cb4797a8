import { randomUUID } from 'node:crypto';
import type { Session, Visit } from '@nestfleet/contracts';
import { type Answer, CookieJar } from '../../client/http-client.ts';
import type { Check } from '../../checkers/check.ts';
import type { EdgeProxy } from '../../client/edge-proxy.ts';
import type { Row } from '../row.ts';
import { readThroughAll } from './spread.ts';

const json = { 'content-type': 'application/json' };
const bodyOf = ({ text }: Answer): Session => JSON.parse(text) as Session;
const codeOf = ({ text }: Answer): string => (JSON.parse(text) as { code: string }).code;
const setsCookie = ({ headers }: Answer): boolean => headers['set-cookie'] !== undefined;

/** What a browser with this cookie does with its session. */
const visitor = (edge: EdgeProxy, jar: CookieJar) => ({
  read: () => edge.askAs(jar, '/api/session'),
  open: () => edge.askAs(jar, '/api/session', { method: 'POST' }),
  end: () => edge.askAs(jar, '/api/session', { method: 'DELETE' }),
  rotate: (headers: Record<string, string> = {}) => edge.askAs(jar, '/api/session/rotate', { method: 'POST', headers }),
  visit: () => edge.askAs(jar, '/api/'),
  patch: (fields: Record<string, unknown>, headers: Record<string, string> = {}) =>
    edge.askAs(jar, '/api/session', {
      method: 'PATCH',
      headers: { ...json, ...headers },
      body: JSON.stringify({ fields }),
    }),
});
type Visitor = ReturnType<typeof visitor>;

export const sessionLife: Row = {
  name: 'session-life',
  shows:
    'a session is opened once, written by field and by ETag, moved to another id and ended for good, on any replica',
  run: async (check, subject) => {
    const { edge } = subject;
    const nobody = await visitor(edge, new CookieJar()).read();
    check.equal('a read without a session', [nobody.status, codeOf(nobody)], [404, 'session_not_found']);
    check.holds('sets no cookie', !setsCookie(nobody));

    const jar = new CookieJar();
    const mine = visitor(edge, jar);
    const opened = await mine.open();
    check.equal('the first POST', [opened.status, setsCookie(opened)], [201, true]);
    const again = await mine.open();
    check.equal('the second POST', [again.status, setsCookie(again)], [200, false]);
    check.equal('is of the same session', bodyOf(again).session_id, bodyOf(opened).session_id);

    await writes(check, mine);
    await readThroughAll(
      check,
      subject,
      mine.read,
      (answer) => `${answer.headers.etag} ${JSON.stringify(bodyOf(answer).fields)}`,
    );
    const old = new CookieJar(jar.sid);
    const before = bodyOf(await mine.read());
    const moved = await mine.rotate();
    check.equal('POST /session/rotate', [moved.status, setsCookie(moved)], [200, true]);
    check.holds('gives another public id', bodyOf(moved).session_id !== before.session_id);
    check.equal('and keeps fields and count', kept(bodyOf(moved)), kept(before));
    check.equal('the old cookie', (await visitor(edge, old).read()).status, 404);
    await rotatesAgain(check, edge, jar);
    await ends(check, edge, jar);
  },
};

const kept = ({ fields, count, version, created_at }: Session) => ({ fields, count, version, created_at });

async function writes(check: Check, mine: Visitor): Promise<void> {
  const first = await mine.patch({ color: 'blue', size: 3 });
  check.equal('fields that are set', [first.status, bodyOf(first).fields], [200, { color: 'blue', size: 3 }]);
  const removed = await mine.patch({ size: null });
  check.equal('and one that is removed', bodyOf(removed).fields, { color: 'blue' });
  check.holds('the ETag changes', first.headers.etag !== removed.headers.etag, removed.headers.etag);
  const late = await mine.patch({ color: 'red' }, { 'if-match': first.headers.etag ?? '' });
  check.equal('a write over an older version', late.status, 412);
  check.equal('changes nothing', bodyOf(await mine.read()).fields, { color: 'blue' });
  const visited = JSON.parse((await mine.visit()).text) as Visit;
  check.equal('a visit counts', visited.session_count, 1);
  const fit = await mine.patch({ color: 'red' }, { 'if-match': removed.headers.etag ?? '' });
  check.equal('and leaves the ETag: a write over it', [fit.status, bodyOf(fit).fields], [200, { color: 'red' }]);
}

/** Who did not get the answer asks again under the same key, with the cookie that it still has. */
async function rotatesAgain(check: Check, edge: EdgeProxy, jar: CookieJar): Promise<void> {
  const key = { 'idempotency-key': randomUUID() };
  const held = jar.sid;
  const first = bodyOf(await visitor(edge, jar).rotate(key));
  const again = await visitor(edge, new CookieJar(held)).rotate(key);
  check.equal('a rotation that is asked for again', [again.status, setsCookie(again)], [200, true]);
  check.equal('is the same one', bodyOf(again).session_id, first.session_id);
  check.equal('and under no key is none', (await visitor(edge, new CookieJar(held)).rotate()).status, 404);
}

/** Ended is ended: whoever kept the cookie has nothing. */
async function ends(check: Check, edge: EdgeProxy, jar: CookieJar): Promise<void> {
  const thief = new CookieJar(jar.sid);
  const { session_id: ended } = bodyOf(await visitor(edge, jar).read());
  const answer = await visitor(edge, jar).end();
  check.equal('DELETE /session', answer.status, 204);
  check.equal('clears the cookie', jar.sid, '');
  const late = visitor(edge, thief);
  check.equal('a read with the cookie of an ended session', (await late.read()).status, 404);
  check.equal('a write with it', (await late.patch({ color: 'green' })).status, 404);
  check.equal('a rotation with it', (await late.rotate()).status, 404);
  const reopened = await late.open();
  check.equal('POST /session with it', reopened.status, 201);
  check.holds('opens another one', bodyOf(reopened).session_id !== ended);
  check.equal('without the fields of the old one', bodyOf(reopened).fields, {});
}
