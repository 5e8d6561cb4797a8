import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import type { RunningHaproxy } from '../src/programs.ts';
import { startHaproxyBefore, withHaproxy } from './haproxy-before.ts';

const GOOD_ID = 'order-17:a.b_c';
const LOGGED_WITHIN_MS = 20_000;
const MADE_ID = /^[0-9a-f-]{36}$/;

withHaproxy('requests through HAProxy', () => {
  /** What the replica received, health checks left out. */
  let received: { method: string; path: string; headers: IncomingHttpHeaders }[] = [];
  const replica = createServer(({ method = '', url = '', headers, socket }, answer) => {
    if (url !== '/readyz' && url !== '/') received.push({ method, path: url, headers });
    if (url.includes('/breaks')) socket.destroy();
    else answer.end('answered');
  });
  let haproxy: RunningHaproxy;

  beforeAll(async () => {
    await new Promise<void>((listening) => replica.listen(0, '127.0.0.1', listening));
    haproxy = await startHaproxyBefore((replica.address() as AddressInfo).port);
  });
  beforeEach(() => {
    received = [];
  });
  afterAll(async () => {
    await haproxy?.close();
    replica.close().closeAllConnections();
  });

  async function ask(path: string, headers: Record<string, string | string[]> = {}, method = 'GET') {
    const sent = request({ host: '127.0.0.1', port: haproxy.port, path, method, headers, agent: false }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of answer.setEncoding('utf8')) text += chunk;
    return { status: answer.statusCode, type: answer.headers['content-type'], text };
  }
  const problemId = async (ids: string | string[]): Promise<string> => {
    const { status, text } = await ask('/api/breaks', { 'x-request-id': ids });
    expect(status).toBe(502);
    const problem = JSON.parse(text) as { code: string; request_id: string };
    expect(problem.code).toBe('upstream_failed');
    return problem.request_id;
  };

  it('keeps a request id of one line: passed on, and told in a problem', async () => {
    expect(await problemId(GOOD_ID)).toBe(GOOD_ID);
    expect(received[0]?.headers['x-request-id']).toBe(GOOD_ID);
  });

  it.each([
    ['a list whose first element is one', 'good, x","code":"evil","y":"1'],
    ['a list whose last element is one', 'x","code":"evil","y":"1, good'],
    ['a list of two', 'good,better'],
    ['two lines', ['good', 'x","code":"evil","y":"1']],
    ['two equal lines', ['good', 'good']],
    ['a quote', 'x","code":"evil'],
    ['none', ''],
  ])('makes a new one for %s, the same everywhere', async (_what, ids) => {
    const told = await problemId(ids);
    expect(told).toMatch(MADE_ID);
    expect(received[0]?.headers['x-request-id']).toBe(told);
    await until(() => haproxy.log().includes(`${told}\n`), LOGGED_WITHIN_MS);
    expect(haproxy.log()).not.toContain('evil');
  });

  it.each([
    ['PUT', '/values/breaks', { 'if-match': '"1"' }, 4],
    ['PUT', '/values/breaks', { 'if-match': '"1", "2"' }, 4],
    ['PUT', '/values/breaks', { 'if-match': '*' }, 1],
    ['PUT', '/values/breaks', { 'if-match': '"1", *' }, 1],
    ['PUT', '/values/breaks', { 'if-match': ['"1"', '*'] }, 1],
    ['PUT', '/values/breaks', { 'if-match': ['*', '"1"'] }, 1],
    ['POST', '/counters/breaks', { 'idempotency-key': 'k' }, 4],
    ['POST', '/counters/breaks', { 'idempotency-key': ['k', 'l'] }, 1],
    ['POST', '/counters/breaks', { 'idempotency-key': 'k', connection: 'idempotency-key' }, 1],
    ['PUT', '/values/breaks', { 'if-match': '"1"', connection: 'if-match' }, 1],
  ])('sends %s %s with %j %i times', async (method, path, headers, times) => {
    await ask(`/api${path}`, headers, method);
    expect(received.map((each) => `${each.method} ${each.path}`)).toEqual(Array(times).fill(`${method} ${path}`));
  });

  it.each([
    ['localhost', '/api/x', '/x'],
    ['api.localhost:8080', '/api/x', '/api/x'],
    ['app.localhost', '/api/x', '/api/x'],
    ['consul.localhost', '/api/x', '/api/x'],
    ['consul.localhost', '/get?key=a', '/get?key=a'],
    ['traefik.LOCALHOST:8080', '/api', '/api'],
  ])('takes /api off on names of nobody only: %s %s is %s', async (host, path, seen) => {
    await ask(path, { host });
    expect(received.map((each) => each.path)).toEqual([seen]);
  });
});
