import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { problemOf, json, open, ownNamespace, redisUrl, type Replica, withRedis } from './replica.ts';
import { Visitor } from './visitor.ts';

const ORIGIN = 'https://page.example';

withRedis('methods that a route is not served with', () => {
  let plain: Replica;
  let crossOrigin: Replica;
  beforeAll(async () => {
    const environment = { REDIS_URL: redisUrl ?? '', NAMESPACE: ownNamespace() };
    plain = await open(environment, 'api-1');
    crossOrigin = await open({ ...environment, CORS_ORIGINS: ORIGIN }, 'api-2');
  });
  afterAll(async () => {
    await plain?.close();
    await crossOrigin?.close();
  });

  it.each([
    ['/', 'GET, HEAD, OPTIONS'],
    ['/whoami', 'GET, HEAD, OPTIONS'],
    ['/session', 'DELETE, GET, HEAD, OPTIONS, PATCH, POST'],
    ['/session/rotate', 'OPTIONS, POST'],
    ['/counters/a', 'GET, HEAD, OPTIONS, POST'],
    ['/values', 'GET, HEAD, OPTIONS'],
    ['/values/a', 'DELETE, GET, HEAD, OPTIONS, PUT'],
    ['/jobs', 'GET, HEAD, OPTIONS, POST'],
    ['/jobs/demo.x', 'DELETE, GET, HEAD, OPTIONS'],
    ['/set?key=a&value=b', 'GET, HEAD, OPTIONS'],
    ['/readyz', 'GET, HEAD, OPTIONS'],
  ])('%s answers with %s', async (url, allow) => {
    for (const { app } of [plain, crossOrigin]) {
      for (const method of ['PUT', 'PATCH', 'DELETE', 'POST', 'GET', 'TRACE'] as const) {
        if (allow.split(', ').includes(method)) continue;
        const answer = await app.inject({ method: method as 'PUT', url, headers: json, payload: '{"a":1}' });
        expect([method, answer.statusCode, answer.headers['allow']]).toEqual([method, 405, allow]);
        expect(problemOf(answer).code).toBe('method_not_allowed');
      }
      const options = await app.inject({ method: 'OPTIONS', url });
      expect([options.statusCode, options.headers['allow'], options.body]).toEqual([204, allow, '']);
    }
  });

  it('leaves a preflight to CORS, and a path that is unknown unknown', async () => {
    const headers = { origin: ORIGIN, 'access-control-request-method': 'PATCH' };
    const preflight = await crossOrigin.app.inject({ method: 'OPTIONS', url: '/session', headers });
    expect([preflight.statusCode, preflight.headers['access-control-allow-origin']]).toEqual([204, ORIGIN]);
    expect(preflight.headers['access-control-allow-methods']).toContain('PATCH');
    for (const { app } of [plain, crossOrigin])
      for (const method of ['OPTIONS', 'PUT', 'GET'] as const)
        expect((await app.inject({ method, url: '/values/a/b' })).statusCode).toBe(404);
  });

  it('answers HEAD as GET, with its length', async () => {
    const ann = new Visitor();
    await ann.ask(plain, '/session', { method: 'POST' });
    const etag = String((await ann.ask(plain, '/session')).headers['etag']);
    await ann.ask(plain, '/values/head', { method: 'PUT', payload: { value: 'é' } });
    for (const [url, headers] of [
      ['/session', {}],
      ['/session', { 'if-none-match': etag }],
      ['/session', { 'if-match': '"x"' }],
      ['/values/head', {}],
      ['/values/head', { 'if-none-match': '*' }],
      ['/values/none', {}],
      ['/values?limit=1', {}],
      ['/values?limit=x', {}],
      ['/counters/a', {}],
      ['/jobs', {}],
      ['/jobs/demo.x', {}],
      ['/livez', {}],
      ['/get?key=head', {}],
    ] as const) {
      const [got, head] = [
        await ann.ask(plain, url, { headers }),
        await ann.ask(plain, url, { headers, method: 'HEAD' }),
      ];
      const shown = ({ statusCode, headers: all }: typeof got) => {
        const { date: _date, 'x-request-id': _id, ...rest } = all;
        return { statusCode, ...rest };
      };
      expect([url, shown(head), head.body]).toEqual([url, shown(got), '']);
    }
  });
});
