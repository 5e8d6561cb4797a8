import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type Replica, open, ownNamespace, problemOf, redisUrl, withRedis } from './replica.ts';
import { Visitor, setCookieOf, signed } from './visitor.ts';

const [OLDEST, OLDER, NEWER] = ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)];
const environment = { REDIS_URL: redisUrl ?? '', NAMESPACE: ownNamespace() };
const cookieOf = (sid: string | undefined): string => `sid=${encodeURIComponent(sid ?? '')}`;
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
    ['203.0.113.9, 10.9.9.9', 'https, http', true],
    ['203.0.113.9, 10.9.9.9', 'http, https', false],
    ['203.0.113.9', 'https, http', false],
  ])('by two proxies, for %s the protocol is %s', async (addresses, protocol, isSecure) => {
    const headers = { 'x-forwarded-for': addresses, 'x-forwarded-proto': protocol };
    const flags = flagsOf(setCookieOf(await new Visitor().ask(replica, '/', { from: PROXY, headers })));
    expect(flags?.includes('Secure')).toBe(isSecure);
  });

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

withRedis('several cookies of the name', () => {
  let replica: Replica;
  beforeAll(async () => {
    replica = await open({ ...environment, SESSION_KEYS: `${NEWER},${OLDER}` }, 'api-1');
  });
  afterAll(() => replica?.close());

  const somebody = async (): Promise<Visitor> => {
    const made = new Visitor();
    await made.ask(replica, '/session', { method: 'POST' });
    return made;
  };
  const ask = (cookie: string, url = '/session') => new Visitor().ask(replica, url, { headers: { cookie } });

  it('ours is found, wherever it stands', async () => {
    const ann = await somebody();
    const { session_id: publicId } = await ann.session(replica);
    const own = cookieOf(ann.sid);
    const forged = cookieOf(signed(ann.id, OLDEST));
    for (const cookie of [
      `sid=x; ${own}`,
      `${own}; sid=x`,
      `sid=; ${forged}; ${own}; ${forged}`,
      `sid="x";${own};a=b`,
      `sidecar=1; ${own}`,
      `${Array.from({ length: 150 }, () => 'sid=x').join('; ')}; ${own}`,
      `${own}; ${own}`,
      `sid="${encodeURIComponent(ann.sid ?? '')}"`,
      `sid="${ann.sid}"; a="b"`,
    ])
      expect([cookie, (await ask(cookie)).json<{ session_id: string }>().session_id]).toEqual([cookie, publicId]);
    expect((await ask(`sid=x; ${forged}`)).statusCode).toBe(404);
  });

  it('is not given anew where one of them is signed by the newest key', async () => {
    const ann = await somebody();
    const old = cookieOf(signed(ann.id, OLDER));
    expect(setCookieOf(await ask(`${old}; ${cookieOf(ann.sid)}`))).toBeUndefined();
    expect(setCookieOf(await ask(`sid=x; ${old}`))).toMatch(/^sid=/);
  });

  it('of two sessions are refused, because one may be somebody else’s', async () => {
    const [ann, eve] = [await somebody(), await somebody()];
    for (const url of ['/session', '/', '/jobs'])
      for (const cookie of [
        `${cookieOf(ann.sid)}; ${cookieOf(eve.sid)}`,
        `${cookieOf(eve.sid)}; sid=x; ${cookieOf(ann.sid)}`,
      ]) {
        const answer = await ask(cookie, url);
        expect([url, answer.statusCode, setCookieOf(answer)]).toEqual([url, 400, undefined]);
        expect(problemOf(answer).errors).toEqual([{ path: 'cookie', message: expect.any(String) }]);
      }
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
