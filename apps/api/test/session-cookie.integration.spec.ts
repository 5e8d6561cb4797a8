import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Replica, open, ownNamespace, redisUrl, withRedis } from './replica.ts';
import { Visitor, setCookieOf, signed } from './visitor.ts';

const [OLDEST, OLDER, NEWER] = ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)];
const environment = { REDIS_URL: redisUrl ?? '', NAMESPACE: ownNamespace() };
/** Everything of the line but the value. */
const flagsOf = (line: string | undefined): string[] | undefined => line?.split('; ').slice(1).toSorted();

withRedis('flags of the sid cookie', () => {
  const PROXY = '10.1.2.3';
  let replica: Replica;
  beforeAll(async () => {
    const settings = { SESSION_KEYS: `${NEWER},${OLDER}`, TRUSTED_PROXIES: '10.0.0.0/8' };
    replica = await open({ ...environment, ...settings }, 'api-1');
  });
  afterAll(() => replica?.close());

  it.each([
    ['a proxy that is trusted says https', PROXY, 'https', true],
    ['a proxy that is trusted says http', PROXY, 'http', false],
    ['anybody else says https', '192.0.2.7', 'https', false],
  ])('%s', async (_who, from, protocol, isSecure) => {
    const ask = { from, headers: { 'x-forwarded-proto': protocol } };
    const flags = ['HttpOnly', 'Path=/', 'SameSite=Lax', ...(isSecure ? ['Secure'] : [])];
    const ann = new Visitor();
    expect(flagsOf(setCookieOf(await ann.ask(replica, '/', ask)))).toEqual(flags);
    expect(flagsOf(setCookieOf(await new Visitor().ask(replica, '/session', { ...ask, method: 'POST' })))).toEqual(
      flags,
    );
    expect(flagsOf(setCookieOf(await ann.ask(replica, '/session/rotate', { ...ask, method: 'POST' })))).toEqual(flags);
    const renewed = await new Visitor(signed(ann.id, OLDER)).ask(replica, '/session', ask);
    expect(flagsOf(setCookieOf(renewed))).toEqual(flags);
    // A browser takes a Secure cookie away only by a line that is Secure too.
    const cleared = flagsOf(setCookieOf(await ann.ask(replica, '/session', { ...ask, method: 'DELETE' })));
    expect(cleared).toEqual(['Expires=Thu, 01 Jan 1970 00:00:00 GMT', 'HttpOnly', 'Max-Age=0', ...flags.slice(1)]);
  });
});

withRedis('rotation of the keys that sign', () => {
  const replicas: Replica[] = [];
  const withKeys = async (...keys: string[]): Promise<Replica> => {
    const replica = await open({ ...environment, SESSION_KEYS: keys.join() }, `api-${replicas.length}`);
    replicas.push(replica);
    return replica;
  };
  afterAll(async () => {
    for (const replica of replicas) await replica.close();
  });

  it('an older key still verifies, the first signs, a removed one opens nothing', async () => {
    const before = await withKeys(OLDEST);
    const during = await withKeys(NEWER, OLDER, OLDEST);
    const after = await withKeys(NEWER);
    const ann = new Visitor();
    const { session_id: publicId } = await ann.visit(before);
    const old = ann.sid;
    expect((await new Visitor(old).ask(after, '/session')).statusCode).toBe(404);
    expect((await new Visitor(old).visit(after)).session_id).not.toBe(publicId);

    const { id } = ann;
    expect(await ann.visit(during)).toMatchObject({ session_id: publicId, session_count: 2 });
    expect(ann.sid).toBe(signed(id, NEWER));
    expect(await ann.visit(after)).toMatchObject({ session_id: publicId, session_count: 3 });
    // A replica that is not told of the new key yet: its session is not there, but not lost either.
    expect((await new Visitor(ann.sid).ask(before, '/session')).statusCode).toBe(404);
    expect(await new Visitor(old).visit(before)).toMatchObject({ session_id: publicId, session_count: 4 });
  });

  it('every route that may set the cookie gives it anew, once, and no other does', async () => {
    const before = await withKeys(OLDER);
    const during = await withKeys(NEWER, OLDER);
    const ann = new Visitor();
    await ann.visit(before);
    const renewing = [
      { url: '/' },
      { url: '/session' },
      { url: '/session', method: 'POST' },
      { url: '/session', method: 'PATCH', payload: { fields: { a: 1 } } },
    ] as const;
    for (const { url, ...ask } of renewing) {
      const each = new Visitor(ann.sid);
      await each.ask(during, url, ask);
      expect([url, each.sid]).toEqual([url, signed(ann.id, NEWER)]);
      expect(setCookieOf(await each.ask(during, url, ask))).toBeUndefined();
    }
    for (const url of ['/whoami', '/jobs', '/values', '/get?key=a']) {
      expect(setCookieOf(await new Visitor(ann.sid).ask(during, url))).toBeUndefined();
    }
  });

  it('nothing is given anew for a session that is gone', async () => {
    const during = await withKeys(NEWER, OLDER);
    const gone = await new Visitor(signed('A'.repeat(22), OLDER)).ask(during, '/session');
    expect([gone.statusCode, setCookieOf(gone)]).toEqual([404, undefined]);
  });
});
