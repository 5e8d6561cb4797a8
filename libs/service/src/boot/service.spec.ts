import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { type Problem, problem } from '@nestfleet/contracts';
import { Body, Controller, Get, Module, Param, Post, Query } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { z } from 'zod';
import { baseConfig } from '../config/base-config.ts';
import { loadConfig } from '../config/environment.ts';
import { createDocument, serveDocument } from '../http/openapi.ts';
import { refuseUndocumentedInput } from '../http/undocumented-input.ts';
import { identify } from '../identity.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { createMetrics } from '../metrics.ts';
import { remainingMs } from '../request-context.ts';
import type { ServiceSpec } from '../composition.ts';
import type { ServiceContext } from '../service-context.ts';
import { createApp } from './create-app.ts';

let visits = 0;
const echo = z.strictObject({ text: z.string() }).meta({ id: 'Echo' });

@Controller()
class EchoController {
  @Get()
  visit(): { visits: number } {
    return { visits: ++visits };
  }
  @Get('broken')
  broken(): never {
    throw new Error('the password is hunter2');
  }
  @Get('find')
  find(@Query('text') text: string): { text: string } {
    return { text };
  }
  @Get('find/:id')
  findById(@Param('id') id: string): { id: string } {
    return { id };
  }
  @Get('patience')
  patience(): { remaining_ms: number | null } {
    const restMs = remainingMs();
    return { remaining_ms: restMs === Infinity ? null : restMs };
  }
  @Post('patience')
  patienceAfterBody(@Body({ schema: z.object({ a: z.int() }) }) _body: object): { remaining_ms: number | null } {
    return this.patience();
  }
  @Post('echo')
  echo(@Body({ schema: echo }) body: { text: string }): { text: string } {
    return body;
  }
}

@Module({ controllers: [EchoController] })
class EchoModule {}

const shape = baseConfig({ httpPort: 0 });
const config = loadConfig(shape, { INSTANCE_NAME: 'echo-1' });
const identity = identify('echo', '1.0.0', config, { hostname: 'box', pid: 1, nowMs: 1 });
const lifecycle = new Lifecycle();
const context: ServiceContext<typeof config> = {
  config,
  identity,
  lifecycle,
  log: pino({ level: 'silent' }),
  metrics: createMetrics(identity, lifecycle),
};
const probes = [
  { name: 'redis', check: () => Promise.reject(new Error('ECONNREFUSED')) },
  { name: 'disk', check: async () => ({ status: 'up' as const }) },
];
const spec: ServiceSpec<typeof shape> = {
  name: 'echo',
  version: '1.0.0',
  title: 'Echo',
  description: 'x',
  config: shape,
  compose: () => ({ module: EchoModule, probes }),
};

/** JSON that takes longer to come than its sender's patience lasts in the test. */
async function* slowBody(): AsyncGenerator<string> {
  yield '{"a"';
  await new Promise((resolve) => setTimeout(resolve, 1_020));
  yield ':1}';
}

const problemOf = (text: string): Problem => problem.parse(JSON.parse(text));

describe('a service', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    app = await createApp(spec, context, spec.compose(context));
    const document = createDocument(app, spec);
    serveDocument(app, document, [{ name: 'Other', url: '/other/openapi.json' }]);
    refuseUndocumentedInput(app.getHttpAdapter().getInstance(), document);
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
  });
  afterAll(() => app?.close());

  it('distinguishes starting, draining and serving', async () => {
    expect((await app.inject('/livez')).statusCode).toBe(200);
    expect((await app.inject('/readyz')).statusCode).toBe(503);
    expect((await app.inject('/startupz')).statusCode).toBe(503);
    lifecycle.ready();
    expect((await app.inject('/readyz')).statusCode).toBe(200);
    expect((await app.inject('/startupz')).statusCode).toBe(200);
  });

  it.each(['/livez', '/startupz', '/readyz'])('says on %s who answers', async (path) => {
    expect((await app.inject(path)).json()).toEqual({
      status: 'ok',
      service: 'echo',
      instance_id: identity.instanceId,
    });
  });

  it('shows an unreachable dependency as degraded, with 200', async () => {
    const answer = await app.inject('/healthz');
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toMatchObject({
      status: 'degraded',
      details: { redis: { status: 'degraded', message: 'ECONNREFUSED' }, disk: { status: 'up' } },
    });
  });

  it('names the replica and the request on every answer', async () => {
    const answer = await app.inject({ url: '/nothing', headers: { 'x-request-id': 'r-7' } });
    expect(answer.headers).toMatchObject({
      'x-served-by': 'echo-1',
      'x-request-id': 'r-7',
      'content-type': expect.stringContaining('application/problem+json'),
    });
    expect(problemOf(answer.body)).toMatchObject({ status: 404, code: 'not_found', request_id: 'r-7' });
  });

  it.each([
    ['a wrong type', '{"text":1}', 400, 'invalid_input', 'text'],
    ['an unknown key', '{"text":"a","more":1}', 400, 'invalid_input', 'more'],
    ['bad JSON', '{', 400, 'bad_request', undefined],
    ['a large body', JSON.stringify({ text: 'x'.repeat(2_000_000) }), 413, 'body_too_large', undefined],
  ])('answers %s with a problem', async (_name, payload, status, code, path) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/echo',
      headers: { 'content-type': 'application/json' },
      payload,
    });
    expect(answer.statusCode).toBe(status);
    expect(problemOf(answer.body).code).toBe(code);
    expect(problemOf(answer.body).errors?.[0]?.path).toBe(path);
  });

  it.each([
    ['an unknown query key', '/?x=1', undefined, 'x'],
    ['a query key that JavaScript gives a meaning', '/?__proto__=1', undefined, '__proto__'],
    ['an unknown query key beside a good body', '/echo?x=1', '{"text":"a"}', 'x'],
    ['an unknown query key behind a parameter in the path', '/find/a?x=1', undefined, 'x'],
    ['a parameter of the path in the query', '/find/a?id=1', undefined, 'id'],
    ['a query key in another case', '/find?Text=1', undefined, 'Text'],
  ])('refuses %s before the handler', async (_name, url, payload, path) => {
    const before = visits;
    const answer = await app.inject({
      method: payload ? 'POST' : 'GET',
      url,
      ...(payload ? { payload, headers: { 'content-type': 'application/json' } } : {}),
    });
    expect(answer.statusCode).toBe(400);
    expect(problemOf(answer.body)).toMatchObject({ code: 'invalid_input', errors: [{ path }] });
    expect(visits).toBe(before);
  });

  it.each(['GET', 'HEAD'] as const)('refuses a body that %s does not read, sized or chunked', async (method) => {
    const before = visits;
    for (const payload of ['x'.repeat(2_000_000), Readable.from(['x'])]) {
      const headers = typeof payload === 'string' ? {} : { 'transfer-encoding': 'chunked' };
      const answer = await app.inject({ method, url: '/', headers, payload });
      expect(answer.statusCode).toBe(400);
      // HEAD has no body to tell it in.
      expect(answer.body === '' ? method : problemOf(answer.body).code).toBe(
        method === 'GET' ? 'unexpected_body' : 'HEAD',
      );
    }
    expect(visits).toBe(before);
  });

  it('takes what the document names, an empty body, and any input where it names no operation', async () => {
    expect((await app.inject('/find?text=1')).json()).toEqual({ text: '1' });
    expect((await app.inject('/find/a')).json()).toEqual({ id: 'a' });
    expect((await app.inject({ url: '/livez', headers: { 'content-length': '0' } })).statusCode).toBe(200);
    expect((await app.inject('/docs?x=1')).statusCode).toBe(200);
    expect((await app.inject('/nothing?x=1')).statusCode).toBe(404);
  });

  it('knows how long its caller still waits, and does nothing for one that waits no more', async () => {
    const restOf = async (header?: string): Promise<number | null> => {
      const headers = header === undefined ? {} : { 'x-deadline-ms': header };
      return (await app.inject({ url: '/patience', headers })).json<{ remaining_ms: number | null }>().remaining_ms;
    };
    expect(await restOf()).toBeNull();
    expect(await restOf('5000')).toBeGreaterThan(3_000);
    expect(await restOf('5000')).toBeLessThanOrEqual(5_000);
    const before = visits;
    const answer = await app.inject({ url: '/', headers: { 'x-deadline-ms': '0' } });
    expect(answer.statusCode).toBe(504);
    expect(problemOf(answer.body).code).toBe('deadline_exceeded');
    expect(visits).toBe(before);
  });

  it.each(['', '-1', '+5', '1.5', '1e3', '0x10', '05', '5000 ms', 'soon', '9999999999'])(
    'refuses a time that is none, and does not wait without: %j',
    async (wrong) => {
      const answer = await app.inject({ url: '/patience', headers: { 'x-deadline-ms': wrong } });
      expect(answer.statusCode).toBe(400);
      expect(problemOf(answer.body).errors).toEqual([{ path: 'x-deadline-ms', message: expect.any(String) }]);
    },
  );

  it('counts the time of its caller from the end of the body', async () => {
    const answer = await app.inject({
      method: 'POST',
      url: '/patience',
      headers: { 'content-type': 'application/json', 'x-deadline-ms': '1000', 'transfer-encoding': 'chunked' },
      payload: Readable.from(slowBody()),
    });
    expect(answer.statusCode).toBe(201);
    expect(answer.json<{ remaining_ms: number }>().remaining_ms).toBeGreaterThan(0);
  });

  it('answers a path that cannot be decoded with a problem too', async () => {
    const answer = await app.inject('/%zz');
    expect(answer.statusCode).toBe(400);
    expect(problemOf(answer.body).request_id).toBe(answer.headers['x-request-id']);
  });

  it('does not expose what is inside a fault of its own', async () => {
    const answer = await app.inject('/broken');
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('hunter2');
  });

  it('shows the document under the prefix of the edge proxy', async () => {
    const direct = (await app.inject('/openapi.json')).json<{ servers: unknown; paths: Record<string, unknown> }>();
    expect(direct.servers).toEqual([{ url: '/' }]);
    expect(Object.keys(direct.paths)).toContain('/echo');
    const behind = await app.inject({ url: '/docs/swagger-ui-init.js', headers: { 'x-forwarded-prefix': '/api' } });
    expect(behind.body).toContain('"url": "/api"');
    expect(behind.headers['cache-control']).toBe('no-store');
    expect(behind.body.replaceAll(/\s+/g, '')).toContain(
      '"urls":[{"name":"Echo","url":"/openapi.json"},{"name":"Other","url":"/other/openapi.json"}]',
    );
    const page = await app.inject('/docs');
    expect(page.body).toContain('swagger-ui-bundle.js');
    for (const { headers } of [page, behind])
      expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self';");
    expect((await app.inject('/openapi.json')).headers).not.toHaveProperty('content-security-policy');
  });

  it('counts requests by route', async () => {
    expect(await context.metrics.registry.metrics()).toMatch(
      /nestfleet_http_server_request_duration_seconds_count\{[^}]*http_route="\/echo"/,
    );
  });

  it('tells its clients to reconnect once it shuts down', async () => {
    lifecycle.beginShutdown();
    const answer = await app.inject('/readyz');
    expect(answer.statusCode).toBe(404);
    expect(problemOf(answer.body).code).toBe('draining');
    expect((await app.inject('/')).headers['connection']).toBe('close');
  });
});
