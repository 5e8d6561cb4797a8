import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { type FastifyInstance, fastify } from 'fastify';
import { pino } from 'pino';
import { baseConfig } from '../config/base-config.ts';
import { loadConfig } from '../config/environment.ts';
import { overloadConfig } from '../config/overload-config.ts';
import { installHooks } from '../http/adapter.ts';
import { BODY_LIMIT_BYTES } from '../connections/body-limit.ts';
import { identify } from '../identity.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { createMetrics, type Metrics } from '../metrics.ts';
import { currentRequestId } from '../request-context.ts';
import { installLoadShedding } from './load-shedding.ts';

const LENGTH = 1_000;
const shape = { ...baseConfig({ httpPort: 0 }), ...overloadConfig() };

/** The status, whether it was refused for an overload, and the body of a 200. */
async function answerOf(sent: ClientRequest): Promise<string> {
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of answer.setEncoding('utf8')) body += String(chunk);
  const { statusCode, headers } = answer;
  return `${statusCode}${headers['x-overloaded'] === 'true' ? ' overloaded' : ''} ${statusCode === 200 ? body : ''}`.trim();
}

describe('a request whose body comes at the pace of its client', () => {
  let server: FastifyInstance;
  let metrics: Metrics;
  let lifecycle: Lifecycle;
  let heads: number;
  let begun: string[];
  let release: () => void;
  afterEach(async () => {
    server.server.closeAllConnections();
    await server.close();
  });

  /** One place, and nobody waits for it for longer than 50 ms. */
  async function start(settings: Record<string, string> = {}): Promise<void> {
    const limits = { CONCURRENT_REQUESTS_MAX: '1', QUEUE_DEADLINE_MS: '50', QUEUE_TARGET_MS: '5', ...settings };
    const config = loadConfig(shape, limits);
    const identity = identify('unit', '1.0.0', config, { hostname: 'box', pid: 1, nowMs: 1 });
    const log = pino({ level: 'silent' });
    lifecycle = new Lifecycle();
    metrics = createMetrics(identity, lifecycle);
    heads = 0;
    begun = [];
    const held = Promise.withResolvers<void>();
    release = held.resolve;
    const context = { config, identity, lifecycle, log, metrics };
    server = fastify({ bodyLimit: BODY_LIMIT_BYTES });
    installHooks(server, context, installLoadShedding(server, context, config));
    server.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
    // Told after the hooks.
    server.server.on('request', () => (heads += 1));
    server.get('/quick', async () => 'quick');
    server.get('/held', async () => {
      begun.push('held');
      await held.promise;
      return 'held';
    });
    server.post('/whole', async () => {
      begun.push(`whole for ${currentRequestId() === undefined ? 'nobody' : 'its request'}`);
      return 'whole';
    });
    server.post('/streamed', async ({ raw }) => {
      begun.push('streamed');
      let bytes = 0;
      for await (const chunk of raw) bytes += (chunk as Buffer).length;
      return String(bytes);
    });
    await server.listen({ port: 0, host: '127.0.0.1' });
  }

  const send = (path: string, method = 'GET', headers: Record<string, string> = {}): ClientRequest => {
    const { port } = server.server.address() as AddressInfo;
    return request({ host: '127.0.0.1', port, path, method, headers, agent: false }).on('error', () => undefined);
  };

  /** The head and one byte. */
  async function slowly(type: 'json' | 'octet-stream', length: number | 'chunked' = LENGTH): Promise<ClientRequest> {
    const bytes: Record<string, string> =
      length === 'chunked' ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(length) };
    const path = type === 'json' ? '/whole' : '/streamed';
    const before = heads;
    const sent = send(path, 'POST', { 'content-type': `application/${type}`, ...bytes });
    sent.write(' ');
    await until(() => heads > before, 10_000);
    return sent;
  }

  const rest = `{}${' '.repeat(LENGTH - 3)}`;
  const metric = async (name: string): Promise<string | undefined> =>
    (await metrics.registry.metrics())
      .split('\n')
      .find((line) => line.startsWith(`nestfleet_http_server_${name}`))
      ?.split(' ')
      .at(-1);

  it.each(['json', 'octet-stream'] as const)('holds no place of the limit while it comes: %s', async (type) => {
    await start();
    const slow = [await slowly(type), await slowly(type), await slowly(type)];
    expect(await answerOf(send('/quick').end())).toBe('200 quick');
    expect(await metric('limited_requests')).toBe('0');
    // A handler that reads its body itself has begun.
    expect(await metric('pending_body_bytes')).toBe(type === 'json' ? String(3 * LENGTH) : '0');
    for (const each of slow) each.end(rest);
    const body = type === 'json' ? 'whole' : String(LENGTH);
    expect(await Promise.all(slow.map(answerOf))).toEqual(Array(3).fill(`200 ${body}`));
    expect(await metric('pending_body_bytes')).toBe('0');
    expect(begun).toEqual(Array(3).fill(type === 'json' ? 'whole for its request' : 'streamed'));
  });

  it.each(['json', 'octet-stream'] as const)('is not begun where the instance is full: %s', async (type) => {
    await start();
    const held = answerOf(send('/held').end());
    await until(() => begun.length === 1, 10_000);
    const late = await slowly(type);
    late.end(rest);
    expect(await answerOf(late)).toBe('503 overloaded');
    release();
    expect(await held).toBe('200 held');
    expect(begun).toEqual(['held']);
  });

  it('is refused for those that come later where it has been coming for longest', async () => {
    await start({ REQUEST_BODIES_BYTES_MAX: String(BODY_LIMIT_BYTES) });
    const slow = await slowly('json', 'chunked');
    const refused = answerOf(slow);
    const quick = await slowly('json');
    quick.end(rest);
    expect([await refused, await answerOf(quick)]).toEqual(['503 overloaded', '200 whole']);
    expect(await metric('shed_requests_total')).toBe('1');
    expect(begun).toEqual(['whole for its request']);
  });

  it('leaves room once its client has gone, or it was done', async () => {
    await start({ REQUEST_BODIES_BYTES_MAX: String(BODY_LIMIT_BYTES) });
    (await slowly('json', 'chunked')).destroy();
    await until(() => lifecycle.inFlight === 0, 10_000);
    for (let done = 0; done < 2; done += 1) {
      const next = await slowly('json', 'chunked');
      next.end(rest);
      expect(await answerOf(next)).toBe('200 whole');
    }
    expect(await metric('shed_requests_total')).toBeUndefined();
  });
});
