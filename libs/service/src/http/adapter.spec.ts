import { request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { HEALTH_PATHS } from '@nestfleet/contracts';
import { until } from '@nestfleet/timing';
import { type FastifyInstance, fastify } from 'fastify';
import { pino } from 'pino';
import { baseConfig } from '../config/base-config.ts';
import { loadConfig } from '../config/environment.ts';
import { identify } from '../identity.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { createMetrics } from '../metrics.ts';
import { installHooks, requestIdOf } from './adapter.ts';
import { serverUrl } from './openapi.ts';

describe('requestIdOf', () => {
  it('keeps a plain id and replaces one that could forge a log line', () => {
    expect(requestIdOf('abc-123')).toBe('abc-123');
    expect(requestIdOf('a\nb')).toMatch(/^[0-9a-f-]{36}$/);
    expect(requestIdOf('x'.repeat(129))).toMatch(/^[0-9a-f-]{36}$/);
    expect(requestIdOf(undefined)).not.toBe(requestIdOf(undefined));
  });
});

describe('serverUrl', () => {
  it.each([
    ['/api', '/api'],
    [undefined, '/'],
    ['//evil.example', '/'],
    ['https://evil.example', '/'],
    ['/a/b', '/a/b'],
  ])('%s -> %s', (header, url) => {
    expect(serverUrl(header)).toBe(url);
  });
});

describe('a request that waits for the first readiness', () => {
  let server: FastifyInstance;
  afterEach(() => server.close());

  it('is not begun where its client has gone meanwhile', async () => {
    const lifecycle = new Lifecycle();
    lifecycle.holdUntilReady();
    const config = loadConfig(baseConfig({ httpPort: 0 }), {});
    const identity = identify('probe', '1', config, { hostname: 'box', pid: 1, nowMs: 1 });
    const log = pino({ level: 'silent' });
    server = fastify();
    installHooks(server, { config, identity, lifecycle, log, metrics: createMetrics(identity, lifecycle) });
    const begun: string[] = [];
    server.get('/:name', (asked, reply) => {
      begun.push(asked.url);
      return reply.send('done');
    });
    await server.listen({ port: 0, host: '127.0.0.1' });
    const { port } = server.server.address() as AddressInfo;
    const gone = request({ host: '127.0.0.1', port, path: '/gone' }).on('error', () => undefined);
    gone.end();
    await until(() => lifecycle.inFlight === 1, 10_000);
    gone.destroy();
    await until(() => lifecycle.inFlight === 0, 10_000);
    lifecycle.ready();
    expect(await (await fetch(`http://127.0.0.1:${port}/there`)).text()).toBe('done');
    expect(begun).toEqual(['/there']);
  });
});

describe('what a replica that shuts down takes for a check of its load balancer', () => {
  const client = { 'x-forwarded-for': '203.0.113.7' };
  it.each([
    ['a check of the load balancer', '/readyz', {}, { hasCheckFailed: true, idleMs: 700 }],
    ['a check of Consul', '/readyz', { 'user-agent': 'Consul Health Check' }, { hasCheckFailed: false, idleMs: 700 }],
    ['the same path asked by a client', '/readyz', client, { hasCheckFailed: false, idleMs: 0 }],
    ['another health path asked by a client', '/livez', client, { hasCheckFailed: false, idleMs: 0 }],
    ['a request', '/x', client, { hasCheckFailed: false, idleMs: 0 }],
  ])('%s', async (_name, url, headers, facts) => {
    let nowMs = 1_000;
    const lifecycle = new Lifecycle(() => nowMs);
    const config = loadConfig(baseConfig({ httpPort: 0 }), {});
    const identity = identify('probe', '1', config, { hostname: 'box', pid: 1, nowMs: 1 });
    const log = pino({ level: 'silent' });
    const server = fastify();
    installHooks(server, { config, identity, lifecycle, log, metrics: createMetrics(identity, lifecycle) });
    server.get(HEALTH_PATHS.ready, (_request, reply) => reply.code(404).send());
    server.get(HEALTH_PATHS.live, (_request, reply) => reply.send());
    lifecycle.ready();
    lifecycle.beginShutdown();
    nowMs += 700;
    await server.inject({ url, headers });
    expect(lifecycle.drainEvidence.facts()).toMatchObject(facts);
    await server.close();
  });
});
