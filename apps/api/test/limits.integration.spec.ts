import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { linkTo } from './redis-link.ts';
import { open, ownNamespace, problemOf, redisUrl, type Replica, withRedis } from './replica.ts';
import { type Ask, Visitor, signed } from './visitor.ts';

const KEY = 'k'.repeat(32);
/** So long that nothing comes back while a test runs. */
const RATE_LIMIT = '4/h;address=12';

const forwarded = (client: string, from: string): Ask => ({ headers: { 'x-forwarded-for': client }, from });

withRedis('a limit of requests', () => {
  let one: Replica;
  let two: Replica;
  beforeAll(async () => {
    const environment = {
      REDIS_URL: redisUrl ?? '',
      NAMESPACE: ownNamespace(),
      SESSION_KEYS: KEY,
      RATE_LIMIT,
      CORS_ORIGINS: 'https://app.example',
    };
    one = await open(environment, 'api-1');
    two = await open(environment, 'api-2');
  });
  afterAll(async () => {
    await one?.close();
    await two?.close();
  });

  /** How many of so many requests were answered, over both replicas. */
  async function answered(count: number, visitorOf: () => Visitor, ask: Ask = {}): Promise<number> {
    let ok = 0;
    for (let n = 0; n < count; n += 1) {
      const { statusCode } = await visitorOf().ask(n % 2 === 0 ? one : two, '/whoami', ask);
      expect([200, 429]).toContain(statusCode);
      if (statusCode === 200) ok += 1;
    }
    return ok;
  }

  it('is one over all replicas, says what is left, and then when to come again', async () => {
    const from = '198.51.100.1';
    const first = await new Visitor().ask(one, '/whoami', { from });
    expect(first.headers['ratelimit-policy']).toBe('"caller";q=4;w=3600, "address";q=12;w=3600');
    expect(first.headers['ratelimit']).toBe('"caller";r=3;t=3600');
    expect(await answered(5, () => new Visitor(), { from })).toBe(3);
    const refused = await new Visitor().ask(two, '/whoami', { from });
    expect(problemOf(refused)).toMatchObject({ status: 429, code: 'rate_limited' });
    const retryAfterS = Number(refused.headers['retry-after']);
    expect(retryAfterS).toBeGreaterThan(3_540);
    expect(retryAfterS).toBeLessThanOrEqual(3_600);
    // The same moment in both headers.
    expect(refused.headers['ratelimit']).toBe(`"caller";r=0;t=${retryAfterS}`);
    expect(refused.headers['cache-control']).toBe('no-store');
  });

  it('is another one for each session, and for an address without one', async () => {
    const from = '198.51.100.2';
    const ann = new Visitor(signed('a'.repeat(22), KEY));
    const ben = new Visitor(signed('b'.repeat(22), KEY));
    expect(await answered(6, () => ann, { from })).toBe(4);
    expect(await answered(6, () => ben, { from })).toBe(4);
    expect(await answered(6, () => new Visitor(), { from })).toBe(4);
  });

  it('is not widened by cookies that are forged, dropped or changed', async () => {
    const from = '198.51.100.3';
    let n = 0;
    const forged = () => {
      n += 1;
      const id = String(n).padStart(22, 'f');
      return new Visitor(n % 3 === 0 ? id : n % 3 === 1 ? signed(id, 'x'.repeat(32)) : `${id}.x`);
    };
    expect(await answered(12, forged, { from })).toBe(4);
  });

  it('is no more than that of the address for who opens one session after another', async () => {
    const from = '198.51.100.4';
    let n = 0;
    const minted = () => {
      n += 1;
      return new Visitor(signed(String(n).padStart(22, 'm'), KEY));
    };
    expect(await answered(30, minted, { from })).toBe(12);
    const refused = await minted().ask(one, '/whoami', { from });
    expect(refused.headers['ratelimit']).toMatch(/^"address";r=0;t=\d+$/);
  });

  it('takes all addresses of an IPv6 network for one client', async () => {
    let n = 0;
    let ok = 0;
    for (; n < 8; n += 1) {
      const { statusCode } = await new Visitor().ask(one, '/whoami', { from: `2001:db8:1:2::${n}` });
      if (statusCode === 200) ok += 1;
    }
    expect(ok).toBe(4);
    expect((await new Visitor().ask(one, '/whoami', { from: '2001:db8:1:3::1' })).statusCode).toBe(200);
  });

  it('takes an address that a trusted proxy forwards, and no other', async () => {
    expect(await answered(6, () => new Visitor(), forwarded('198.51.100.50', '127.0.0.1'))).toBe(4);
    expect(await answered(2, () => new Visitor(), forwarded('198.51.100.51', '127.0.0.1'))).toBe(2);
    let n = 0;
    let ok = 0;
    for (; n < 8; n += 1) {
      const { statusCode } = await new Visitor().ask(
        one,
        '/whoami',
        forwarded(`198.51.100.${100 + n}`, '203.0.113.80'),
      );
      if (statusCode === 200) ok += 1;
    }
    expect(ok).toBe(4);
  });

  it('does not hold for health, documents and what browsers ask beforehand, and browsers may read a refusal', async () => {
    const from = '198.51.100.5';
    expect(await answered(6, () => new Visitor(), { from })).toBe(4);
    for (const url of ['/livez', '/startupz', '/readyz', '/healthz']) {
      const answer = await new Visitor().ask(one, url, { from });
      expect(answer.statusCode).not.toBe(429);
      expect(answer.headers['ratelimit']).toBeUndefined();
    }
    const origin = { origin: 'https://app.example' };
    const preflight = { ...origin, 'access-control-request-method': 'POST' };
    const asked = await one.app.inject({ method: 'OPTIONS', url: '/jobs', headers: preflight, remoteAddress: from });
    expect(asked.statusCode).toBeLessThan(300);
    const refused = await new Visitor().ask(one, '/whoami', { from, headers: origin });
    expect(refused.statusCode).toBe(429);
    expect(refused.headers['access-control-allow-origin']).toBe('https://app.example');
    expect(refused.headers['access-control-expose-headers']).toMatch(/ratelimit/);
  });

  it.each<[string, string, Parameters<Replica['app']['inject']>[0] & object, number]>([
    ['HEAD of a route whose GET has an effect', '198.51.100.20', { method: 'HEAD', url: '/' }, 200],
    ['HEAD of another route', '198.51.100.21', { method: 'HEAD', url: '/whoami' }, 200],
    ['a path that is none', '198.51.100.22', { method: 'GET', url: '/no-such-route' }, 404],
    ['another method', '198.51.100.23', { method: 'PUT', url: '/whoami' }, 405],
    ['OPTIONS that is no preflight', '198.51.100.24', { method: 'OPTIONS', url: '/whoami' }, 204],
    ['a key that is none', '198.51.100.25', { method: 'GET', url: '/values/%7B' }, 400],
    ['a path that nobody can decode', '198.51.100.28', { method: 'GET', url: '/%zz' }, 400],
    ['a key that nobody can decode', '198.51.100.29', { method: 'GET', url: '/values/%ff' }, 400],
    ['a value that is not there', '198.51.100.26', { method: 'GET', url: '/values/none' }, 404],
    [
      'a body that is not read',
      '198.51.100.27',
      { method: 'PUT', url: '/values/a', payload: 'x', headers: { 'content-type': 'text/plain' } },
      415,
    ],
  ])('counts whatever the answer is: %s', async (_what, remoteAddress, asked, status) => {
    const statuses: number[] = [];
    for (let n = 0; n < 5; n += 1) statuses.push((await one.app.inject({ ...asked, remoteAddress })).statusCode);
    expect(statuses).toEqual([status, status, status, status, 429]);
    const refused = await one.app.inject({ ...asked, remoteAddress });
    expect(refused.headers['ratelimit']).toMatch(/^"caller";r=0;t=\d+$/);
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('refuses before anything is done', async () => {
    const from = '198.51.100.6';
    await answered(4, () => new Visitor(), { from });
    const refused = await new Visitor().ask(one, '/counters/limited', { method: 'POST', payload: { by: 1 }, from });
    expect(refused.statusCode).toBe(429);
    expect((await new Visitor().ask(one, '/counters/limited')).json()).toMatchObject({ count: 0 });
    expect((await new Visitor().ask(one, '/no-such-route', { from })).statusCode).toBe(429);
  });
});

withRedis('a limit of requests while Redis is unreachable', () => {
  it.each(['hang', 'cut'] as const)('lets everybody pass: %s', async (fault) => {
    const link = await linkTo(redisUrl ?? '');
    const environment = { REDIS_URL: link.url, NAMESPACE: ownNamespace(), RATE_LIMIT: '1/h' };
    const replica = await open(environment, 'api-8');
    await new Visitor().ask(replica, '/whoami');
    expect((await new Visitor().ask(replica, '/whoami')).statusCode).toBe(429);
    link[fault]();
    const open200 = await new Visitor().ask(replica, '/whoami');
    expect([open200.statusCode, open200.headers['ratelimit']]).toEqual([200, undefined]);
    expect(problemOf(await new Visitor().ask(replica, '/get?key=a'))).toMatchObject({ status: 503 });
    await replica.close();
    await link.close();
  });

  it('is off unless one is set', async () => {
    const replica = await open({ REDIS_URL: redisUrl ?? '', NAMESPACE: ownNamespace() }, 'api-7');
    for (let n = 0; n < 30; n += 1) {
      const answer = await new Visitor().ask(replica, '/whoami');
      expect([answer.statusCode, answer.headers['ratelimit']]).toEqual([200, undefined]);
    }
    await replica.close();
  });
});
