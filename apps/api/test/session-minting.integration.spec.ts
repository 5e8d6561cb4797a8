import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { otherRoutes } from './other-routes.ts';
import { linkTo, type RedisLink } from './redis-link.ts';
import { type Replica, open, ownNamespace, redisUrl, withRedis } from './replica.ts';
import { type Ask, Visitor, setCookieOf, signed } from './visitor.ts';

const KEY = 'k'.repeat(32);
/** What may be in a cookie that is not of a session that lives. */
const COOKIES = [undefined, 'made-up', signed('A'.repeat(22), KEY)];

const environment = {
  REDIS_URL: redisUrl ?? '',
  NAMESPACE: ownNamespace(),
  SESSION_KEYS: KEY,
  DIAGNOSTIC_ROUTES: 'true',
};

withRedis('who may open a session', () => {
  let replica: Replica;
  beforeAll(async () => {
    replica = await open(environment, 'api-1');
  });
  afterAll(() => replica?.close());

  it('is a visit and POST /session, and no other route, however many ask at once', async () => {
    const routes = otherRoutes(['GET /', 'POST /session']);
    expect(routes.length).toBeGreaterThanOrEqual(20);
    const asked = COOKIES.flatMap((sid) =>
      routes.map(async ({ method, url, ...route }) => {
        const answer = await new Visitor(sid).ask(replica, url, { method, ...route });
        return { what: `${method} ${url}`, sid, status: answer.statusCode, cookie: setCookieOf(answer) };
      }),
    );
    const answers = await Promise.all(asked);
    // Logging out takes a cookie away, also one that is good for nothing.
    const set = answers.filter(({ cookie }) => cookie !== undefined && !cookie.startsWith('sid=;'));
    expect(set).toEqual([]);
    const cleared = answers.filter(({ cookie }) => cookie?.startsWith('sid=;') === true);
    expect(cleared.map(({ what }) => what)).toEqual(['DELETE /session', 'DELETE /session']);
    // Each was let in to its handler, or it would show nothing.
    expect(answers.filter(({ status }) => status === 400)).toEqual([]);
  });

  it('is no stream of events, and no HEAD', async () => {
    const streams = Array.from({ length: 5 }, () =>
      new Visitor().ask(replica, '/diagnostics/stream?events=2&interval_ms=1'),
    );
    for (const answer of await Promise.all(streams)) {
      expect(answer.headers['content-type']).toMatch(/^text\/event-stream/);
      expect(setCookieOf(answer)).toBeUndefined();
    }
    const head = await replica.app.inject({ method: 'HEAD', url: '/' });
    expect([head.statusCode, setCookieOf(head)]).toEqual([200, undefined]);
  });

  it.each(COOKIES)('gives an id of its own to who has the cookie %s', async (sid) => {
    for (const [url, method] of [
      ['/', 'GET'],
      ['/session', 'POST'],
    ] as const) {
      const visitor = new Visitor(sid);
      const answer = await visitor.ask(replica, url, { method });
      expect(setCookieOf(answer)).toBeDefined();
      expect(visitor.id).toMatch(/^[\w-]{22}$/);
      expect(visitor.id).not.toBe('A'.repeat(22));
      expect(await visitor.session(replica)).toMatchObject({ fields: {}, count: url === '/' ? 1 : 0 });
    }
    expect((await new Visitor(sid).ask(replica, '/session')).statusCode).toBe(404);
  });
});

const CALLS: readonly (Ask & { url: string })[] = [
  { method: 'GET', url: '/' },
  { method: 'GET', url: '/session' },
  { method: 'POST', url: '/session' },
  { method: 'PATCH', url: '/session', payload: { fields: { a: 1 } } },
  { method: 'DELETE', url: '/session' },
  { method: 'POST', url: '/session/rotate' },
];
/** What was sent and not answered may have been done, so these two may have ended the session that they were for. */
const ENDING = new Set(['DELETE /session', 'POST /session/rotate']);

withRedis('sessions while Redis is unreachable', () => {
  let link: RedisLink;
  let healthy: Replica;
  let cut: Replica;
  beforeAll(async () => {
    link = await linkTo(redisUrl ?? '');
    healthy = await open(environment, 'api-2');
    cut = await open({ ...environment, REDIS_URL: link.url }, 'api-3');
  });
  afterAll(async () => {
    await cut?.close();
    await healthy?.close();
    await link?.close();
  });

  it.each(['hang', 'cut'] as const)(
    'nothing is set on a client, and all go on with what they had: %s',
    async (fault) => {
      const people = await Promise.all(
        CALLS.map(async (call) => {
          const visitor = new Visitor();
          await visitor.visit(healthy);
          return { call, visitor, sid: visitor.sid };
        }),
      );
      link[fault]();
      const answers = await Promise.all(people.map(({ call, visitor }) => visitor.ask(cut, call.url, call)));
      const strangers = COOKIES.map((sid) => new Visitor(sid).ask(cut, '/'));
      for (const answer of [...answers, ...(await Promise.all(strangers))]) {
        expect(answer.statusCode).toBe(503);
        expect(answer.headers['retry-after']).toBe('1');
        expect(setCookieOf(answer)).toBeUndefined();
      }
      link.heal();
      await until(async () => (await cut.app.inject('/get?key=a')).statusCode === 200, 5_000);
      for (const { call, visitor, sid } of people) {
        expect(visitor.sid).toBe(sid);
        if (fault === 'hang' && ENDING.has(`${call.method} ${call.url}`)) continue;
        const { session_count: count } = await visitor.visit(cut);
        expect(visitor.sid).toBe(sid);
        // The visit itself may have been counted.
        expect([2, call.url === '/' && fault === 'hang' ? 3 : 2]).toContain(count);
      }
    },
  );
});
