import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type GatewayWhoami, type Job, type Visit, problem } from '@nestfleet/contracts';
import { type OpenApi, badRequests } from '../src/openapi/bad-input.ts';
import { CookieJar, ask } from '../src/client/http-client.ts';
import { Fleet } from '../src/driver/make-fleet.ts';
import { openLoop } from '../src/load/open-loop.ts';
import { until } from '../src/client/until.ts';

const visitOf = (text: string): Visit => JSON.parse(text) as Visit;
const fleet = new Fleet();

beforeAll(async () => {
  await fleet.make('up', { API: 3, GATEWAY: 1, WORKER: 2, PORT: 0 }, 300_000);
}, 300_000);
afterAll(() => fleet.dispose(), 120_000);

const api = (path: string): string => `${fleet.url}/api${path}`;
const visitAgain = async (jar: CookieJar): Promise<Visit> => visitOf((await jar.ask(api('/'))).text);

describe('many replicas, one state', () => {
  it('spreads 300 new connections of one session over three replicas without a gap in its count', async () => {
    const jar = new CookieJar();
    const visits: Visit[] = [];
    for (let n = 0; n < 300; n += 1) visits.push(await visitAgain(jar));
    const served = Map.groupBy(visits, (each) => each.served_by);
    expect([...served.keys()].toSorted((a, b) => a.localeCompare(b))).toEqual(['api-1', 'api-2', 'api-3']);
    // The fastest of three is taken whenever it is among the two that are drawn: 2/3 of 300, and four standard deviations.
    for (const share of served.values()) expect(share.length).toBeLessThanOrEqual(233);
    expect(visits.map((each) => each.session_count)).toEqual(visits.map((_, index) => index + 1));
    expect(new Set(visits.map((each) => each.session_id)).size).toBe(1);
    expect(visits.at(-1)!.global_count - visits[0]!.global_count).toBe(299);
    expect(jar.setCount).toBe(1);
  });

  it('gives every client without a cookie a session of its own', async () => {
    const ids = new Set<string>();
    for (let n = 0; n < 5; n += 1) ids.add((await visitAgain(new CookieJar())).session_id);
    expect(ids.size).toBe(5);
  });

  it('replaces a made-up sid and one with a changed signature, and never adopts it', async () => {
    const honest = new CookieJar();
    const before = await visitAgain(honest);
    const [id, signature] = decodeURIComponent(honest.sid!).split('.') as [string, string];
    const flipped = signature.startsWith('A') ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
    for (const forged of ['mine', `${'A'.repeat(22)}.${signature}`, `${id}.${flipped}`, id]) {
      const jar = new CookieJar(encodeURIComponent(forged));
      const answer = await visitAgain(jar);
      expect(answer.session_count).toBe(1);
      expect(answer.session_id).not.toBe(before.session_id);
      expect(jar.setCount).toBe(1);
      expect(jar.sid).not.toContain(forged);
    }
    expect((await visitAgain(honest)).session_count).toBe(2);
  });

  it('sets the cookie HttpOnly and SameSite=Lax, Secure where the client came by https', async () => {
    const plain = (await ask(api('/'))).headers['set-cookie']?.[0] ?? '';
    expect(plain).toMatch(/HttpOnly/);
    expect(plain).toMatch(/SameSite=Lax/);
    expect(plain).not.toMatch(/Secure/);
    const secure = await ask(api('/'), { headers: { 'x-forwarded-proto': 'https' } });
    expect(secure.headers['set-cookie']?.[0]).toMatch(/Secure/);
  });

  it('reads through every replica what one of them stored', async () => {
    const key = `colour-${process.pid}`;
    const [first, ...others] = fleet.ready('api').map((replica) => Fleet.origin(replica));
    expect((await ask(`${first}/set?key=${key}&value=blue`)).status).toBe(200);
    for (const origin of others)
      expect(JSON.parse((await ask(`${origin}/get?key=${key}`)).text)).toMatchObject({ key, value: 'blue' });
    expect((await ask(`${fleet.url}/get?key=${key}`)).text).toContain('blue');
    const stale = await ask(api(`/values/${key}`), {
      method: 'PUT',
      headers: { 'content-type': 'application/json', 'if-match': '"1"' },
      body: '{"value":"red"}',
    });
    expect(stale.status).toBe(412);
  });

  it('has the gateway compose its own answer with data from a random replica', async () => {
    const seen = new Set<string>();
    for (let n = 0; n < 20; n += 1) {
      const answer = JSON.parse((await ask(`${fleet.url}/whoami`)).text) as GatewayWhoami;
      expect(answer.web_instance).toBe('gateway-1');
      expect(answer.data.data_pid).not.toBe(answer.web_pid);
      seen.add(answer.data.data_instance);
    }
    expect(seen.size).toBeGreaterThanOrEqual(2);
  });
});

const follow = async (id: string, jar: CookieJar): Promise<Job> => {
  const { value } = await until(
    `job ${id} ends`,
    async () => {
      const job = JSON.parse((await jar.ask(api(`/jobs/${id}`))).text) as Job;
      return job.state === 'completed' || job.state === 'failed' ? job : undefined;
    },
    30_000,
  );
  return value;
};

describe('jobs', () => {
  it('runs the job of the demo endpoint on a worker and shows it by id', async () => {
    const jar = new CookieJar();
    const { id } = JSON.parse((await jar.ask(api('/enqueue?job=test-1'))).text) as { id: string };
    expect(await follow(id, jar)).toMatchObject({
      name: 'demo',
      state: 'completed',
      progress: 100,
      processed_by: expect.stringMatching(/^worker-/),
      result: { job: 'test-1' },
    });
  });

  it.each([
    ['primes', { below: 100_000 }, { primes: 9_592 }, 1],
    ['flaky', { failures: 2 }, { attempts: 3 }, 3],
  ])('runs %s', async (name, payload, result, attempts) => {
    const jar = new CookieJar();
    await visitAgain(jar);
    const posted = await jar.ask(api('/jobs'), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name, payload }),
    });
    expect(posted.status).toBe(202);
    const { id } = JSON.parse(posted.text) as { id: string };
    expect(await follow(id, jar)).toMatchObject({ state: 'completed', attempts, result });
    // Another session must not see it.
    const stranger = new CookieJar();
    await visitAgain(stranger);
    expect((await stranger.ask(api(`/jobs/${id}`))).status).toBe(404);
    expect((await jar.ask(api('/jobs'))).text).toContain(id);
  });
});

describe('bad input', () => {
  it.each([
    ['api', '/api', 70],
    ['frontend-gateway', '', 24],
  ])('%s answers each with a problem that names the field', async (_service, prefix, least) => {
    const document = JSON.parse((await ask(`${fleet.url}${prefix}/openapi.json`)).text) as OpenApi;
    const requests = badRequests(document);
    expect(requests.length).toBeGreaterThanOrEqual(least);
    const wrong: string[] = [];
    for (const { name, method, path, headers, body, field } of requests) {
      const answer = await ask(`${fleet.url}${prefix}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body }),
      });
      const parsed = problem.safeParse(JSON.parse(answer.text || 'null'));
      const named =
        field === undefined ||
        parsed.data?.errors?.some(
          (each) => each.path === field || each.path.endsWith(`.${field}`) || each.path.startsWith(`${field}.`),
        );
      const right =
        answer.status >= 400 &&
        answer.status < 500 &&
        parsed.success &&
        parsed.data.request_id === answer.headers['x-request-id'] &&
        named;
      if (!right) wrong.push(`${name} -> ${answer.status} ${answer.text.slice(0, 200)}`);
    }
    expect(wrong).toEqual([]);
  });
});

describe('drain', () => {
  it('takes one replica out of service under 50 requests/s, and back, without a failure', async () => {
    const answers: string[] = [];
    const once = async (): Promise<void> => {
      const answer = await ask(api('/whoami')).catch(() => undefined);
      answers.push(answer?.status === 200 ? String(answer.headers['x-served-by']) : `failed: ${answer?.status}`);
    };
    const load = openLoop(once, { perSecond: 50, limitMs: 120_000 });
    const nextServedBy = async (count: number): Promise<Set<string>> => {
      const from = answers.length;
      await until(`${count} more answers`, () => answers.length >= from + count, 20_000, 10);
      return new Set(answers.slice(from));
    };
    const drained = fleet.ready('api').find(({ name }) => name === 'api-2')!;
    expect(await fleet.make('drain', { INSTANCE: 'api-2' })).toContain('api-2 is drained');
    await until('no more requests', async () => !(await nextServedBy(30)).has('api-2'), 30_000);
    expect((await nextServedBy(100)).has('api-2')).toBe(false);
    expect((await ask(`${Fleet.origin(drained)}/whoami`)).status).toBe(200);
    expect((await ask(`${Fleet.origin(drained)}/readyz`)).status).toBe(404);
    expect(await fleet.make('undrain', { INSTANCE: 'api-2' })).toContain('api-2 is serving');
    await until('requests again', async () => (await nextServedBy(30)).has('api-2'), 30_000);
    await load.stop();
    expect(answers.filter((each) => !each.startsWith('api-'))).toEqual([]);
    expect(fleet.ready('api').find(({ name }) => name === 'api-2')?.pid).toBe(drained.pid);
  });
});

describe('faults', () => {
  it.each(['SIGSTOP', 'stop-server'] as const)(
    'answers 503 in time while Redis is unavailable by %s and counts on after it',
    async (how) => {
      const jar = new CookieJar();
      const before = await visitAgain(jar);
      const { sid } = jar;
      const redis = fleet.server('redis');
      if (how === 'SIGSTOP') Fleet.signal(redis, 'SIGSTOP');
      else await fleet.make('stop-server', { NAME: 'redis' });
      try {
        for (let n = 0; n < 10; n += 1) {
          const answer = await jar.ask(api('/'));
          expect(answer.status).toBe(503);
          expect(problem.parse(JSON.parse(answer.text)).code).toMatch(/^state_/);
          expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
          // The replica's own word: it came before the gateway gave up on it.
          expect(String(answer.headers['x-served-by'])).toMatch(/^api-/);
        }
        for (const replica of fleet.ready('api')) {
          expect((await ask(`${Fleet.origin(replica)}/livez`)).status).toBe(200);
          expect((await ask(`${Fleet.origin(replica)}/readyz`)).status).toBe(200);
          expect((await ask(`${Fleet.origin(replica)}/healthz`)).text).toContain('degraded');
        }
      } finally {
        if (how === 'SIGSTOP') Fleet.signal(redis, 'SIGCONT');
        else await fleet.make('start-server', { NAME: 'redis' });
      }
      // Each replica recovers by itself, so one good answer is not all of them.
      let good = 0;
      await until(
        'every replica counts on',
        async () => (good = (await jar.ask(api('/'))).status === 200 ? good + 1 : 0) >= 20,
        30_000,
        10,
      );
      const after = await visitAgain(jar);
      expect(after.session_id).toBe(before.session_id);
      expect(after.session_count).toBeGreaterThan(before.session_count);
      expect(jar.sid).toBe(sid);
      expect(jar.setCount).toBe(1);
    },
  );
});
