import { describe, expect, it } from '@jest/globals';
import {
  containerFleet,
  counterQuery,
  fleetState,
  jobDescriptors,
  jobId,
  jobNames,
  listValuesQuery,
  patternBlocks,
  postCounter,
  postJob,
  problem,
  putValue,
  SERVICE_NAMES,
  declarationOf,
  valueKey,
} from './index.ts';

describe('values', () => {
  it.each(['a', 'colour', 'user:1@x~y._-', 'x'.repeat(128)])('takes the key %s', (key) => {
    expect(valueKey.safeParse(key).success).toBe(true);
  });
  it.each(['', '.', '..', 'a b', 'a/b', 'a{b}', 'é', 'x'.repeat(129)])('refuses the key "%s"', (key) => {
    expect(valueKey.safeParse(key).success).toBe(false);
  });
  it('reads a limit from a query string and has a default', () => {
    expect(listValuesQuery.parse({ limit: '7' }).limit).toBe(7);
    expect(listValuesQuery.parse({}).limit).toBe(50);
    expect(listValuesQuery.safeParse({ limit: '0' }).success).toBe(false);
  });
  it('refuses a key that it does not know, and a lifetime of nothing', () => {
    expect(putValue.safeParse({ value: 'a', more: 1 }).success).toBe(false);
    expect(putValue.safeParse({ value: 'a', ttl_ms: 0 }).success).toBe(false);
  });
});

describe('counters', () => {
  it('move by 1 unless told, also without a body', () => {
    expect(postCounter.parse(undefined)).toEqual({ by: 1 });
    expect(postCounter.parse({ by: -5, window_ms: 60_000 })).toEqual({ by: -5, window_ms: 60_000 });
  });
  it.each([{ by: 0.5 }, { by: 2 ** 53 }, { by: '1' }, { window_ms: 0 }, { window_ms: null }, { more: 1 }, null, []])(
    'refuse %j',
    (body) => {
      expect(postCounter.safeParse(body).success).toBe(false);
    },
  );
  it('read the window from a query string', () => {
    expect(counterQuery.parse({ window_ms: '60000' })).toEqual({ window_ms: 60_000 });
    expect(counterQuery.parse({})).toEqual({});
    for (const window_ms of ['', '0', '1.5', 'x', '31536000001'])
      expect(counterQuery.safeParse({ window_ms }).success).toBe(false);
  });
});

describe('jobs', () => {
  it('has one descriptor per name, under that name', () => {
    expect(Object.keys(jobDescriptors)).toEqual([...jobNames]);
    for (const name of jobNames) expect(jobDescriptors[name].name).toBe(name);
  });
  it.each([
    [{ name: 'demo', payload: { job: 'x' } }, true],
    [{ name: 'demo', payload: { below: 10 } }, false],
    [{ name: 'primes', payload: { below: 1 } }, false],
    [{ name: 'flaky', payload: {} }, true],
    [{ name: 'other', payload: {} }, false],
    [{ name: 'flaky', payload: {}, owner: 'me' }, false],
  ])('%j -> %s', (body, fits) => {
    expect(postJob.safeParse(body).success).toBe(fits);
  });
  it.each([
    ['demo.1', true],
    ['demo.0f-A_z', true],
    ['demo', false],
    ['.1', false],
    ['demo.1/2', false],
    ['Demo.1', false],
  ])('the id %s -> %s', (id, fits) => {
    expect(jobId.safeParse(id).success).toBe(fits);
  });
});

const retryPolicyOf = (path: string, method = 'GET'): string | undefined =>
  declarationOf('api').routes.find((rule) => rule.method === method && rule.path === path)?.retryPolicy;

describe('routes', () => {
  it.each(SERVICE_NAMES)('of %s are named once each', (service) => {
    const names = declarationOf(service).routes.map(({ method, path }) => `${method} ${path}`);
    expect(new Set(names).size).toBe(names.length);
  });
  it('calls no route idempotent that counts, sets or enqueues', () => {
    expect(['/', '/set', '/enqueue'].map((path) => retryPolicyOf(path))).toEqual([
      'connect-failure',
      'connect-failure',
      'connect-failure',
    ]);
    expect(retryPolicyOf('/counters/*', 'POST')).toBe('idempotent-with-idempotency-key');
    expect(retryPolicyOf('/whoami')).toBe('idempotent');
  });
});

it('a problem has a code and the id of the request', () => {
  const whole = { type: 'urn:x', title: 't', status: 400, detail: 'd', code: 'c', request_id: 'r' };
  expect(problem.safeParse(whole).success).toBe(true);
  expect(problem.safeParse({ ...whole, code: undefined }).success).toBe(false);
  expect(problem.safeParse({ ...whole, request_id: undefined }).success).toBe(false);
});

it('a fleet file of another schema is refused', () => {
  const state = {
    schema: 1,
    supervisor: { pid: 1, started_at_ms: 1 },
    namespace: 'nf',
    public_url: null,
    servers: [],
    replicas: [],
  };
  expect(fleetState.safeParse(state).success).toBe(true);
  expect(fleetState.safeParse({ ...state, schema: 2 }).success).toBe(false);
});

it('a fleet of containers has no pids, so nothing signals a process by one', () => {
  const fleet = { schema: 1, supervisor: null, namespace: 'nf', public_url: null, project: 'p', balancer: 'gateway' };
  const container = { id: 'c0', name: 'p-redis-1', address: null };
  const redis = { name: 'redis', url: 'redis://redis', version: '7', started_at_ms: 1, state: 'ready', container };
  expect(containerFleet.safeParse({ ...fleet, servers: [{ ...redis, pid: null }], replicas: [] }).success).toBe(true);
  expect(containerFleet.safeParse({ ...fleet, servers: [{ ...redis, pid: 1 }], replicas: [] }).success).toBe(false);
});

describe('the pattern of large answers', () => {
  it.each([0, 1, 65_536, 65_537, 200_000])('has %i bytes', (size) => {
    expect([...patternBlocks(size)].reduce((sum, block) => sum + block.length, 0)).toBe(size);
  });
  it('makes no two neighbours alike, so a lost block shows', () => {
    const blocks = [...patternBlocks(65_536 * 4)].map((block) => Buffer.from(block).toString('base64'));
    expect(new Set(blocks).size).toBe(4);
  });
});
