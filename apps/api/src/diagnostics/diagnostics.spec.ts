import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ArrivedHeaders,
  type BytesReceipt,
  VALUE_LENGTH_MAX,
  patternBlocks,
  streamEvent,
} from '@nestfleet/contracts';
import { createApp, createLogger, createMetrics, identify, Lifecycle, loadConfig } from '@nestfleet/service';
import { Body, Controller, Module, Post } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { apiConfig } from '../api.config.ts';
import { ApiIdentity } from '../identity.provider.ts';
import { DiagnosticsController } from './diagnostics.controller.ts';
import { readBytesUnparsed } from './unparsed-bytes.ts';

@Controller('other')
class OtherController {
  @Post()
  take(@Body() body: unknown): unknown {
    return { body: typeof body };
  }
}

const config = loadConfig(apiConfig, { INSTANCE_NAME: 'api-1' });
const identity = identify('api', '1.0.0', config, { hostname: 'box', pid: 1, nowMs: 1 });

@Module({
  controllers: [DiagnosticsController, OtherController],
  providers: [{ provide: ApiIdentity, useValue: new ApiIdentity(identity) }],
})
class DiagnosticsOnly {}

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
};

const octets = { 'content-type': 'application/octet-stream' };
const sha256 = (blocks: Iterable<Uint8Array>): string => {
  const hash = createHash('sha256');
  for (const block of blocks) hash.update(block);
  return hash.digest('hex');
};

describe('the diagnostic routes', () => {
  let app: NestFastifyApplication;
  const lifecycle = new Lifecycle();
  beforeAll(async () => {
    const log = createLogger(identity, 'silent');
    const composition = {
      module: DiagnosticsOnly,
      configure: async (nest: NestFastifyApplication) => readBytesUnparsed(nest.getHttpAdapter().getInstance()),
    };
    const spec = {
      name: 'api',
      version: '1.0.0',
      title: 'api',
      description: '',
      config: apiConfig,
      compose: () => composition,
    };
    app = await createApp(
      spec,
      { config, identity, lifecycle, log, metrics: createMetrics(identity, lifecycle) },
      composition,
    );
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(() => app?.close());

  it('show each header line as it arrived', async () => {
    const headers = { 'x-one': '1', 'x-forwarded-for': '198.51.100.7', 'x-forwarded-proto': 'https' };
    const arrived = (await app.inject({ url: '/diagnostics/headers', headers })).json<ArrivedHeaders>();
    expect(arrived.pairs).toContainEqual(['x-one', '1']);
    // The injected peer is loopback, which is trusted.
    expect(arrived).toMatchObject({ client: '198.51.100.7', protocol: 'https', served_by: 'api-1' });
  });

  it('send events one by one, each with its number', async () => {
    const answer = await app.inject('/diagnostics/stream?events=3&interval_ms=1');
    expect(answer.headers['content-type']).toBe('text/event-stream');
    const events = answer.body
      .trim()
      .split('\n\n')
      .map((text) => streamEvent.parse(JSON.parse(text.replace(/^[\s\S]*data: /, ''))));
    expect(events.map(({ index }) => index)).toEqual([0, 1, 2]);
    expect(events.at(-1)!.sent_at_ms).toBeGreaterThan(events[0]!.sent_at_ms);
  });

  it.each([
    ['0', [1, 2]],
    ['1', [2]],
    ['none of ours', [0, 1, 2]],
  ])('go on behind the event %s', async (last, indexes) => {
    const url = '/diagnostics/stream?events=3&interval_ms=1';
    const { body } = await app.inject({ url, headers: { 'last-event-id': last } });
    expect([...body.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id))).toEqual(indexes);
  });

  it('answer a client that has all of them so that it does not reconnect', async () => {
    const url = '/diagnostics/stream?events=3';
    const answer = await app.inject({ url, headers: { 'last-event-id': '2' } });
    expect([answer.statusCode, answer.body]).toEqual([204, '']);
  });

  it.each([0, 300_000])('send %i bytes of the known pattern', async (size) => {
    const answer = await app.inject(`/diagnostics/bytes?size=${size}`);
    expect(answer.headers['content-length']).toBe(String(size));
    expect(sha256([answer.rawPayload])).toBe(sha256(patternBlocks(size)));
  });

  it('count and hash a body above the limit of all other routes', async () => {
    const size = 4 * 1024 * 1024;
    const payload = Readable.from(patternBlocks(size), { objectMode: false });
    const answer = await app.inject({ method: 'POST', url: '/diagnostics/bytes', headers: octets, payload });
    expect(answer.json<BytesReceipt>()).toMatchObject({
      bytes: size,
      sha256: sha256(patternBlocks(size)),
      served_by: 'api-1',
    });
  });

  it.each([
    ['another media type', '/diagnostics/bytes', { 'content-type': 'application/json' }, 415],
    ['this media type elsewhere', '/other', octets, 415],
    ['events without end', '/diagnostics/stream?events=10001', undefined, 400],
    ['a wait without end', '/diagnostics/wait?ms=60001', undefined, 400],
    ['no size', '/diagnostics/bytes', undefined, 400],
  ])('refuse %s', async (_name, url, headers, status) => {
    const post = headers && { method: 'POST' as const, headers, payload: `"${'x'.repeat(VALUE_LENGTH_MAX)}"` };
    expect((await app.inject({ url, ...post })).statusCode).toBe(status);
  });

  it('end their streams with a hint to reconnect when the replica shuts down', async () => {
    const coming = app.inject('/diagnostics/stream?events=3&interval_ms=60000');
    await until(() => lifecycle.inFlight === 1);
    lifecycle.endStreams();
    const { body } = await coming;
    expect(body).toMatch(/^id: 0\ndata: .*\n\n: shutting down\nretry: \d+\n\n$/);
  });
});
