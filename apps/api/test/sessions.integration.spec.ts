import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Session, session } from '@nestfleet/contracts';
import { randomUUID } from 'node:crypto';
import { type Replica, open, ownNamespace, problemOf, redisUrl, withRedis } from './replica.ts';
import { Visitor, setCookieOf, signed } from './visitor.ts';

const KEY = 'k'.repeat(32);
const UNKNOWN_ID = 'A'.repeat(22);

const environment = {
  REDIS_URL: redisUrl ?? '',
  NAMESPACE: ownNamespace(),
  SESSION_KEYS: KEY,
  SESSION_IDLE_MS: '60000',
  SESSION_MAX_MS: '90000',
};

withRedis('/session of two replicas', () => {
  let one: Replica;
  let two: Replica;
  beforeAll(async () => {
    one = await open(environment, 'api-1');
    two = await open(environment, 'api-2');
  });
  afterAll(async () => {
    await one?.close();
    await two?.close();
  });

  /** Somebody with a session. */
  async function visitor(fields?: object): Promise<Visitor> {
    const made = new Visitor();
    await made.ask(one, '/session', { method: 'POST' });
    if (fields !== undefined) await made.patch(one, fields);
    return made;
  }

  it('opens one, shows it from any replica, and counts visits beside it', async () => {
    const ann = new Visitor();
    const opened = await ann.ask(one, '/session', { method: 'POST' });
    expect([opened.statusCode, opened.headers['cache-control']]).toEqual([201, 'no-store']);
    const shown = session.parse(opened.json());
    expect(shown).toMatchObject({ fields: {}, count: 0, expires_in_ms: 60_000, ends_in_ms: 90_000 });
    const visited = await ann.visit(two);
    expect(visited).toMatchObject({ session_id: shown.session_id, session_count: 1 });
    const again = await ann.session(two);
    expect(again).toMatchObject({ session_id: shown.session_id, count: 1, version: shown.version, served_by: 'api-2' });
    expect(again.created_at).toBe(shown.created_at);
    expect(again.expires_in_ms).toBeGreaterThan(50_000);
  });

  it('is 200 with the one that lives, and no cookie is set again', async () => {
    const ann = await visitor({ name: 'Ann' });
    const again = await ann.ask(two, '/session', { method: 'POST' });
    expect([again.statusCode, setCookieOf(again)]).toEqual([200, undefined]);
    expect(again.json<Session>()).toMatchObject({ fields: { name: 'Ann' } });
  });

  it('sets, replaces and removes single fields without a version', async () => {
    const ann = await visitor({ keep: [1], replace: 'a', drop: true });
    const patched = await ann.patch(two, { replace: { b: null }, drop: null, never: null });
    expect(patched.json<Session>()).toMatchObject({ fields: { keep: [1], replace: { b: null } } });
    expect((await ann.session(one)).fields).toEqual({ keep: [1], replace: { b: null } });
  });

  it('edits only what was read, by its entity tag', async () => {
    const ann = await visitor({ a: 1 });
    const etag = String((await ann.ask(one, '/session')).headers['etag']);
    expect(etag).toMatch(/^"[1-9]\d{15}\.[0-9a-f]{32}"$/);
    const edited = await ann.patch(two, { a: 2, b: 1 }, { 'if-match': etag });
    expect(edited.statusCode).toBe(200);
    expect(edited.headers['etag']).not.toBe(etag);
    const late = await ann.patch(one, { a: 3, b: null }, { 'if-match': etag });
    expect(problemOf(late)).toMatchObject({ status: 412, code: 'version_conflict' });
    expect(problemOf(await ann.ask(one, '/session', { headers: { 'if-match': etag } }))).toMatchObject({ status: 412 });
    expect((await ann.session(two)).fields).toEqual({ a: 2, b: 1 });
    const known = { 'if-none-match': String(edited.headers['etag']) };
    const same = await ann.ask(two, '/session', { headers: known });
    expect([same.statusCode, same.body]).toEqual([304, '']);
  });

  it('refuses an edit of what was read before a field was set, and not for a visit', async () => {
    const ann = await visitor();
    const etag = String((await ann.ask(one, '/session')).headers['etag']);
    await ann.visit(two);
    const edited = await ann.patch(two, { a: 1 }, { 'if-match': etag });
    expect(edited.statusCode).toBe(200);
    await ann.patch(one, { b: 1 });
    const late = await ann.patch(two, { a: 2 }, { 'if-match': String(edited.headers['etag']) });
    expect(late.statusCode).toBe(412);
  });

  it('takes lists, weak tags, * and both conditions as values do, on each method', async () => {
    const ann = await visitor({ a: 0 });
    let etag = String((await ann.ask(one, '/session')).headers['etag']);
    for (const [headers, read, write] of [
      [(tag: string) => ({ 'if-match': `"of,others", ${tag}` }), 200, 200],
      [(tag: string) => ({ 'if-match': `W/${tag}` }), 412, 412],
      [(tag: string) => ({ 'if-match': `W/${tag}, ${tag}` }), 200, 200],
      [() => ({ 'if-match': '*' }), 200, 200],
      [() => ({ 'if-match': '"1", "2"' }), 412, 412],
      [(tag: string) => ({ 'if-none-match': `"1", W/${tag}` }), 304, 412],
      [() => ({ 'if-none-match': '*' }), 304, 412],
      [() => ({ 'if-none-match': '"1"' }), 200, 200],
      [(tag: string) => ({ 'if-match': tag, 'if-none-match': tag }), 304, 412],
      [() => ({ 'if-match': '1' }), 400, 400],
      [() => ({ 'if-none-match': '1' }), 400, 400],
    ] as const) {
      const asked = headers(etag);
      expect([asked, (await ann.ask(two, '/session', { headers: asked })).statusCode]).toEqual([asked, read]);
      const patched = await ann.patch(one, { a: 1 }, asked);
      expect([asked, patched.statusCode]).toEqual([asked, write]);
      etag = String((await ann.ask(one, '/session')).headers['etag']);
      const bob = await visitor();
      const own = String((await bob.ask(one, '/session')).headers['etag']);
      const ended = await bob.ask(two, '/session', { method: 'DELETE', headers: headers(own) });
      expect([asked, ended.statusCode]).toEqual([asked, write === 200 ? 204 : write]);
    }
  });

  it('refuses an edit of the session before', async () => {
    const ann = await visitor();
    const etag = String((await ann.ask(one, '/session')).headers['etag']);
    await ann.end(one);
    await ann.ask(one, '/session', { method: 'POST' });
    const late = await ann.patch(two, { a: 1 }, { 'if-match': etag });
    expect(problemOf(late)).toMatchObject({ status: 412, code: 'version_conflict' });
    expect(await ann.session(two)).toMatchObject({ fields: {} });
  });

  it.each([
    [{}, 'fields'],
    [{ fields: {} }, 'fields'],
    [{ fields: { '': 1 } }, 'fields.'],
    [{ fields: { a: 1 }, more: 1 }, 'more'],
    [{ fields: { ['n'.repeat(65)]: 1 } }, `fields.${'n'.repeat(65)}`],
    [{ fields: { a: 'x'.repeat(16_384) } }, 'fields'],
  ])('refuses %j', async (payload, path) => {
    const ann = await visitor({ a: 0 });
    const refused = await ann.ask(two, '/session', { method: 'PATCH', payload });
    const { status, errors } = problemOf(refused);
    expect(status).toBe(400);
    expect(errors).toContainEqual({ path, message: expect.any(String) });
    expect(await ann.session(one)).toMatchObject({ fields: { a: 0 } });
  });

  it('is 404 without one that lives, whatever is asked of it', async () => {
    for (const sid of [undefined, 'made-up', signed(UNKNOWN_ID, KEY)]) {
      for (const [method, url] of [
        ['GET', '/session'],
        ['PATCH', '/session'],
        ['POST', '/session/rotate'],
      ] as const) {
        const answer = await new Visitor(sid).ask(one, url, {
          method,
          ...(method === 'PATCH' ? { payload: { fields: { a: 1 } } } : {}),
        });
        expect(problemOf(answer)).toMatchObject({ status: 404, code: 'session_not_found' });
        expect(setCookieOf(answer)).toBeUndefined();
      }
    }
  });

  it('rotates: all stays but the ids', async () => {
    const ann = await visitor({ name: 'Ann' });
    await ann.visit(one);
    const before = await ann.session(one);
    const oldId = ann.id;
    const rotated = (await ann.rotate(two)).json<Session>();
    expect(ann.id).not.toBe(oldId);
    expect(rotated.session_id).not.toBe(before.session_id);
    expect(rotated).toMatchObject({
      fields: { name: 'Ann' },
      count: 1,
      version: before.version,
      created_at: before.created_at,
    });
    expect((await ann.visit(one)).session_count).toBe(2);
  });

  it('gives the new cookie once more to who asks again with the same key, and to nobody else', async () => {
    const ann = await visitor({ name: 'Ann' });
    const { sid } = ann;
    const again = (key: string, by = new Visitor(sid)) =>
      by.ask(two, '/session/rotate', { method: 'POST', headers: { 'idempotency-key': key } });
    const key = randomUUID();
    const moved = await again(key, ann);
    const lost = new Visitor(sid);
    expect((await again(key, lost)).json<Session>().session_id).toBe(moved.json<Session>().session_id);
    expect(lost.sid).toBe(ann.sid);
    expect((await again(randomUUID())).statusCode).toBe(404);
    expect((await new Visitor(sid).rotate(two)).statusCode).toBe(404);
    expect((await new Visitor(sid).ask(two, '/session')).statusCode).toBe(404);
    expect(problemOf(await again('a-word-that-others-may-choose', ann))).toMatchObject({
      status: 400,
      errors: [{ path: 'idempotency-key' }],
    });
    await ann.end(one);
    // The answer is kept for longer than the session lives; what it gives opens nothing.
    const late = new Visitor(sid);
    await again(key, late);
    expect((await late.ask(two, '/session')).statusCode).toBe(404);
  });

  it('ends, at most at the version that was read, and is silent about one that has ended', async () => {
    const ann = await visitor({ a: 1 });
    const etag = String((await ann.ask(one, '/session')).headers['etag']);
    await ann.patch(one, { a: 2 });
    const late = await ann.ask(two, '/session', { method: 'DELETE', headers: { 'if-match': etag } });
    expect([late.statusCode, setCookieOf(late)]).toEqual([412, undefined]);
    const { sid } = ann;
    expect((await ann.end(two)).statusCode).toBe(204);
    expect(ann.sid).toBeUndefined();
    expect((await new Visitor(sid).end(one)).statusCode).toBe(204);
    expect((await new Visitor().end(one)).statusCode).toBe(204);
  });

  it('keeps the jobs of a session over a rotation', async () => {
    const ann = await visitor();
    const posted = await ann.ask(one, '/jobs', { method: 'POST', payload: { name: 'demo', payload: { job: 'x' } } });
    const { id } = posted.json<{ id: string }>();
    await ann.rotate(one);
    await ann.rotate(two);
    const listed = await ann.ask(two, '/jobs');
    expect(listed.json<{ jobs: { id: string }[] }>().jobs.map((each) => each.id)).toEqual([id]);
    expect((await ann.ask(one, `/jobs/${id}`, { method: 'DELETE' })).statusCode).toBe(204);
  });
});
