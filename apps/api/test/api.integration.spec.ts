import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Visit } from '@nestfleet/contracts';
import { until } from '@nestfleet/timing';
import { linkTo, type RedisLink } from './redis-link.ts';
import {
  json,
  open,
  openWithoutWaiting,
  opsToken,
  ownNamespace,
  problemOf,
  redisUrl,
  type Replica,
  withRedis,
} from './replica.ts';

const sidOf = (answer: { cookies: readonly { name: string; value: string }[] }): string | undefined => {
  const found = answer.cookies.find((each) => each.name === 'sid');
  return found && encodeURIComponent(found.value);
};

withRedis('two api replicas over one Redis', () => {
  const environment = {
    REDIS_URL: redisUrl ?? '',
    NAMESPACE: ownNamespace(),
    CORS_ORIGINS: 'https://app.example',
  };
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

  it('count one session together', async () => {
    const first = await one.app.inject('/');
    const sid = sidOf(first)!;
    const second = await two.app.inject({ url: '/', headers: { cookie: `sid=${sid}` } });
    expect(first.json<Visit>()).toMatchObject({ served_by: 'api-1', session_count: 1, message: 'Hi there fella' });
    expect(second.json<Visit>()).toMatchObject({
      served_by: 'api-2',
      session_count: 2,
      session_id: first.json<Visit>().session_id,
    });
    expect(sidOf(second)).toBeUndefined();
    expect(first.body).not.toContain(decodeURIComponent(sid).split('.')[0]);
  });

  it('replace a validly signed id of a session that is gone', async () => {
    const sid = sidOf(await one.app.inject('/'))!;
    const elsewhere = await open({ ...environment, NAMESPACE: `${environment.NAMESPACE}-other` }, 'api-3');
    const answer = await elsewhere.app.inject({ url: '/', headers: { cookie: `sid=${sid}` } });
    expect(answer.json<Visit>().session_count).toBe(1);
    expect(sidOf(answer)).toBeDefined();
    expect(sidOf(answer)).not.toBe(sid);
    await elsewhere.close();
  });

  it('verify with an older key and sign with the first', async () => {
    const [older, newer] = ['o'.repeat(32), 'n'.repeat(32)];
    const before = await open({ ...environment, SESSION_KEYS: older }, 'api-4');
    const sid = sidOf(await before.app.inject('/'))!;
    const after = await open({ ...environment, SESSION_KEYS: `${newer},${older}` }, 'api-5');
    expect((await after.app.inject({ url: '/', headers: { cookie: `sid=${sid}` } })).json<Visit>().session_count).toBe(
      2,
    );
    await before.close();
    await after.close();
  });

  it('show a job to its session and to holders of the token only', async () => {
    const owner = sidOf(await one.app.inject('/'))!;
    const posted = await one.app.inject({
      method: 'POST',
      url: '/jobs',
      headers: { ...json, cookie: `sid=${owner}` },
      payload: { name: 'demo', payload: { job: 'x' } },
    });
    expect(posted.statusCode).toBe(202);
    const { id } = posted.json<{ id: string; outcome: string }>();
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await two.app.inject({ url: `/jobs/${id}`, headers })).statusCode;
    expect(await status({ cookie: `sid=${owner}` })).toBe(200);
    expect(await status({})).toBe(404);
    expect(await status({ authorization: `Bearer ${opsToken}` })).toBe(200);
    expect(await status({ authorization: 'Bearer another' })).toBe(404);
    const listed = await two.app.inject({ url: '/jobs', headers: { cookie: `sid=${owner}` } });
    expect(listed.json<{ jobs: { id: string }[] }>().jobs.map((each) => each.id)).toEqual([id]);
    expect(
      (await one.app.inject({ method: 'DELETE', url: `/jobs/${id}`, headers: { cookie: `sid=${owner}` } })).statusCode,
    ).toBe(204);
    expect((await one.app.inject({ url: `/jobs/${id}`, headers: { cookie: `sid=${owner}` } })).json()).toMatchObject({
      state: 'cancelled',
    });
  });

  it('answer browsers of the named origins only', async () => {
    const named = await one.app.inject({ url: '/whoami', headers: { origin: 'https://app.example' } });
    const other = await one.app.inject({ url: '/whoami', headers: { origin: 'https://evil.example' } });
    expect(named.headers['access-control-allow-origin']).toBe('https://app.example');
    expect(other.headers['access-control-allow-origin']).toBeUndefined();
    const preflight = { origin: 'https://app.example', 'access-control-request-method': 'DELETE' };
    const asked = await one.app.inject({ method: 'OPTIONS', url: '/values/a', headers: preflight });
    expect(asked.headers['access-control-allow-methods']).toMatch(/DELETE/);
  });
});

withRedis('an api whose Redis hangs', () => {
  let link: RedisLink;
  let replica: Replica;
  beforeAll(async () => {
    link = await linkTo(redisUrl ?? '');
    replica = await open({ REDIS_URL: link.url, NAMESPACE: ownNamespace() }, 'api-8');
    link.hang();
  });
  afterAll(async () => {
    await replica?.close();
    await link?.close();
  });

  const ask = async (url: string, deadlineMs?: number) => {
    const headers = deadlineMs === undefined ? {} : { 'x-deadline-ms': String(deadlineMs) };
    const answer = await replica.app.inject({ url, headers });
    return { status: answer.statusCode, code: problemOf(answer).code };
  };

  it('gives Redis no longer than its caller waits', async () => {
    expect(await ask('/get?key=a', 100)).toEqual({ status: 504, code: 'deadline_exceeded' });
  });

  it.each([undefined, 10_000])('nor longer than 500 ms: %s', async (deadlineMs) => {
    // 503, and not the 504 of a caller whose time is over.
    expect(await ask('/get?key=a', deadlineMs)).toEqual({ status: 503, code: 'state_unavailable' });
  });

  it('says what may have been done, also when nobody waits for it', async () => {
    // Where this process is kept from its work for longer than its caller waits, nothing is sent: it is asked again.
    const answer = await until(async () => {
      const { status, code } = await ask('/', 100);
      return code === 'state_outcome_unknown' && { status, code };
    }, 20_000);
    expect(answer).toMatchObject({ status: 503 });
  });
});

describe('an api without Redis', () => {
  it('answers 503 with Retry-After and sets no cookie', async () => {
    // Port 9 (discard) refuses on loopback, so the first readiness never comes.
    const replica = await openWithoutWaiting({ REDIS_URL: 'redis://127.0.0.1:9' }, 'api-6');
    const { app } = replica;
    const answers = await Promise.all([app.inject('/'), app.inject('/get?key=a'), app.inject('/enqueue?job=a')]);
    for (const answer of answers) {
      expect(answer.statusCode).toBe(503);
      expect(answer.headers['retry-after']).toBe('1');
      expect(answer.headers['set-cookie']).toBeUndefined();
    }
    expect((await app.inject('/healthz')).json()).toMatchObject({
      status: 'degraded',
      details: { redis: { status: 'degraded' } },
    });
    await replica.close();
  });

  it.each([
    [{}, 404],
    [{ DIAGNOSTIC_ROUTES: 'true' }, 200],
  ])('with %j answers the diagnostic routes with %i', async (environment, status) => {
    const replica = await openWithoutWaiting({ REDIS_URL: 'redis://127.0.0.1:9', ...environment }, 'api-7');
    expect((await replica.app.inject('/diagnostics/headers')).statusCode).toBe(status);
    const octets = { 'content-type': 'application/octet-stream' };
    const jobs = { method: 'POST' as const, url: '/jobs', headers: octets, payload: Buffer.from('x') };
    expect((await replica.app.inject(jobs)).statusCode).toBe(415);
    await replica.close();
  });
});
