/** @jest-environment node */
import { describe, expect, it } from '@jest/globals';
import { manualClock } from '../../test/manual-clock.ts';
import { BackendProblem } from './backend.ts';
import { createHttpBackend, parseRetryAfterMs } from './http.ts';

const visit = {
  served_by: 'api-2',
  hostname: 'host',
  instance_id: 'api-2-1',
  message: 'hi',
  session_id: 'abc',
  session_count: 3,
  global_count: 9,
};
const json = (body: unknown, init: ResponseInit = {}): Response =>
  new Response(JSON.stringify(body), { headers: { 'content-type': 'application/json' }, ...init });

/** A backend whose next answer is `reply`; `sent` collects what was asked. */
function backendThat(reply: (init: RequestInit) => Promise<Response>, base = 'http://fleet.test/') {
  const sent: { url: string; init: RequestInit }[] = [];
  const clock = manualClock();
  const backend = createHttpBackend({
    base: new URL(base),
    clock,
    fetch: (input, init) => {
      sent.push({ url: input.href, init });
      return reply(init);
    },
  });
  return { backend, sent, clock };
}

async function problemOf(work: Promise<unknown>): Promise<BackendProblem> {
  const outcome = await work.then(
    () => 'it worked',
    (error: unknown) => error,
  );
  if (outcome instanceof BackendProblem) return outcome;
  throw new Error(`expected a BackendProblem, got ${String(outcome)}`);
}

describe('http backend', () => {
  it('reads the body and the request id, and stays below the prefix that served the page', async () => {
    const { backend, sent } = backendThat(
      async () => json(visit, { headers: { 'x-request-id': 'r-1' } }),
      'http://fleet.test/some/prefix/',
    );

    await expect(backend.visit()).resolves.toEqual({ body: visit, requestId: 'r-1', latencyMs: 0 });
    await problemOf(backend.topology());
    expect(sent.map(({ url }) => url)).toEqual([
      'http://fleet.test/some/prefix/api/',
      'http://fleet.test/some/prefix/topology',
    ]);
  });

  it('measures the latency until the body was read, and ends its deadline', async () => {
    const { backend, clock } = backendThat(async () => {
      await clock.advance(25);
      return json(visit);
    });

    expect((await backend.visit()).latencyMs).toBe(25);
    expect(clock.pending()).toBe(0);
  });

  it('enqueues with the idempotency key and escapes ids and keys in paths', async () => {
    const { backend, sent } = backendThat(async () =>
      json({ id: 'demo.1', name: 'demo', outcome: 'created', served_by: 'api-1' }),
    );

    await backend.enqueue({ name: 'demo', payload: { job: 'x' } }, 'key-1');
    await problemOf(backend.findJob('demo/../x'));
    await problemOf(backend.putValue('a:b@c', 'blue'));

    expect(sent[0]).toMatchObject({
      url: 'http://fleet.test/api/jobs',
      init: {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': 'key-1' },
        body: '{"name":"demo","payload":{"job":"x"}}',
      },
    });
    expect(sent[1]?.url).toBe('http://fleet.test/api/jobs/demo%2F..%2Fx');
    expect(sent[2]).toMatchObject({
      url: 'http://fleet.test/api/values/a%3Ab%40c',
      init: { method: 'PUT', body: '{"value":"blue"}' },
    });
  });

  it('hands on the problem of the fleet with its Retry-After', async () => {
    const document = {
      type: 'about:blank',
      title: 'Unavailable',
      status: 503,
      detail: 'Redis is unavailable',
      code: 'redis_unavailable',
      request_id: 'r-2',
    };
    const { backend } = backendThat(async () =>
      json(document, {
        status: 503,
        headers: { 'content-type': 'application/problem+json; charset=utf-8', 'retry-after': '2' },
      }),
    );

    const fault = await problemOf(backend.visit());
    expect(fault.problem).toEqual(document);
    expect(fault.retryAfterMs).toBe(2_000);
  });

  it.each([
    ['a balancer that answers with its own page', () => new Response('<h1>502</h1>', { status: 502 }), 502],
    ['a body that is not in the contract', () => json({ ...visit, session_count: 'three' }), 200],
    ['a body that is not JSON', () => new Response('ok'), 200],
    [
      'a problem document without a code',
      () => json({ title: 'x' }, { status: 500, headers: { 'content-type': 'application/problem+json' } }),
      500,
    ],
  ])('says unexpected_answer for %s', async (_name, reply, status) => {
    const { backend } = backendThat(async () => reply());

    expect((await problemOf(backend.visit())).problem).toMatchObject({ code: 'unexpected_answer', status });
  });

  it('says edge_unreachable when there is no connection', async () => {
    const { backend } = backendThat(() => Promise.reject(new TypeError('Failed to fetch')));

    expect((await problemOf(backend.visit())).problem).toMatchObject({
      code: 'edge_unreachable',
      status: 0,
      detail: 'Failed to fetch',
    });
  });

  it('gives up on an answer that never comes', async () => {
    const { backend, clock } = backendThat(
      (init) =>
        new Promise((_resolve, reject) => {
          init.signal?.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    );

    const fault = problemOf(backend.visit());
    await clock.advance(6_000);
    expect((await fault).problem.code).toBe('no_answer_in_time');
    expect(clock.pending()).toBe(0);
  });
});

describe('parseRetryAfterMs', () => {
  const nowMs = Date.parse('2026-01-01T00:00:00Z');
  it.each([
    [null, null],
    ['0', 0],
    ['3', 3_000],
    ['Thu, 01 Jan 2026 00:00:05 GMT', 5_000],
    ['Thu, 01 Jan 2025 00:00:05 GMT', 0],
    ['soon', null],
  ])('reads %s as %s ms', (header, expected) => {
    expect(parseRetryAfterMs(header, nowMs)).toBe(expected);
  });
});
