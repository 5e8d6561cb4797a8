import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problem } from '@nestfleet/contracts';
import { Body, Controller, Delete, Get, HttpCode, Module, Post, Put, Res } from '@nestjs/common';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply } from 'fastify';
import { pino } from 'pino';
import { z } from 'zod';
import { baseConfig } from '../config/base-config.ts';
import { loadConfig } from '../config/environment.ts';
import { createDocument, serveDocument } from '../http/openapi.ts';
import { refuseUndocumentedInput } from '../http/undocumented-input.ts';
import { identify } from '../identity.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { createMetrics } from '../metrics.ts';
import { createApp } from './create-app.ts';

@Controller()
class ThingController {
  @Get('things/:name')
  read(): object {
    return { text: 'é' };
  }
  @Put('things/:name')
  write(@Body({ schema: z.unknown() }) _body: unknown): object {
    return {};
  }
  @Delete('things/:name')
  @HttpCode(204)
  remove(): void {}
  @Post('things/all')
  all(): object {
    return {};
  }
  @Get('unchanged')
  unchanged(@Res({ passthrough: true }) reply: FastifyReply): void {
    void reply.code(304).header('etag', '"1"');
  }
  @Get('empty')
  @HttpCode(204)
  empty(): void {}
}

@Module({ controllers: [ThingController] })
class ThingModule {}

let app: NestFastifyApplication;
let port: number;
beforeAll(async () => {
  const shape = baseConfig({ httpPort: 0 });
  const config = loadConfig(shape, {});
  const identity = identify('things', '1', config, { hostname: 'box', pid: 1, nowMs: 1 });
  const lifecycle = new Lifecycle();
  lifecycle.ready();
  const metrics = createMetrics(identity, lifecycle);
  const context = { config, identity, lifecycle, log: pino({ level: 'silent' }), metrics };
  const composition = { module: ThingModule };
  const spec = { name: 'things', version: '1', title: 'Things', description: 'x', config: shape };
  app = await createApp({ ...spec, compose: () => composition }, context, composition);
  const document = createDocument(app, spec);
  serveDocument(app, document);
  refuseUndocumentedInput(app.getHttpAdapter().getInstance(), document);
  await app.listen(0, '127.0.0.1');
  port = (app.getHttpServer().address() as AddressInfo).port;
});
afterAll(() => app?.close());

/** Any method, any bytes; the head in lines, and what came behind it. */
const ask = (
  method: string,
  target: string,
  lines: readonly string[] = [],
): Promise<{ head: string[]; body: string }> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const request = [`${method} ${target} HTTP/1.1`, 'host: x', 'connection: close', ...lines, '', ''];
    socket.end(request.join('\r\n'), 'latin1');
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => (answer += text));
    socket.on('error', reject);
    socket.on('close', () => {
      const end = answer.indexOf('\r\n\r\n');
      resolve({ head: answer.slice(0, end).toLowerCase().split('\r\n'), body: answer.slice(end + 4) });
    });
  });

describe('a path that is known', () => {
  it.each([
    ['POST', '/things/a?x=1', 'DELETE, GET, HEAD, OPTIONS, PUT'],
    ['PATCH', '/things/a%2Fb', 'DELETE, GET, HEAD, OPTIONS, PUT'],
    ['TRACE', '/things/a', 'DELETE, GET, HEAD, OPTIONS, PUT'],
    ['PROPFIND', '/things/a', 'DELETE, GET, HEAD, OPTIONS, PUT'],
    ['REPORT', '/things/a', 'DELETE, GET, HEAD, OPTIONS, PUT'],
    ['PUT', '/readyz', 'GET, HEAD, OPTIONS'],
    ['DELETE', '/openapi.json', 'GET, HEAD, OPTIONS'],
    ['POST', '/docs', 'GET, HEAD, OPTIONS'],
    ['PATCH', '/things/all', 'DELETE, GET, HEAD, OPTIONS, POST, PUT'],
  ])('answers %s %s with 405 and %s', async (method, path, allow) => {
    const { head, body } = await ask(method, path);
    expect(head[0]).toBe('http/1.1 405 method not allowed');
    expect(head).toContain(`allow: ${allow.toLowerCase()}`);
    expect(problem.parse(JSON.parse(body)).code).toBe('method_not_allowed');
  });

  it('answers OPTIONS with what it is served with', async () => {
    const { head, body } = await ask('OPTIONS', '/things/a');
    expect([head[0], body]).toEqual(['http/1.1 204 no content', '']);
    expect(head).toContain('allow: delete, get, head, options, put');
  });

  it.each(['GET', 'PUT', 'OPTIONS', 'TRACE', 'REPORT'])(
    'is another than one that is not, which answers %s with 404',
    async (method) => {
      for (const path of ['/thing', '/things', '/things/a/b', '/readyz/']) {
        const { head, body } = await ask(method, path);
        expect([path, head[0], problem.parse(JSON.parse(body)).code]).toEqual([
          path,
          'http/1.1 404 not found',
          'not_found',
        ]);
      }
    },
  );
});

/** Differ from one answer to the next. */
const OWN_LINES = /^(x-request-id|date):/;
const linesOf = (lines: readonly string[]) => lines.filter((line) => !OWN_LINES.test(line)).toSorted();

describe('HEAD', () => {
  it.each([
    '/things/a',
    '/things/a?x=1',
    '/unchanged',
    '/empty',
    '/livez',
    '/healthz',
    '/openapi.json',
    '/docs',
    '/docs/swagger-ui.css',
    '/nothing',
    '/things/%ff',
    '/things/a?b=%ff',
  ])('answers the headers of GET %s, and nothing behind them', async (path) => {
    const got = await ask('GET', path);
    const { head, body } = await ask('HEAD', path);
    expect([linesOf(head), body]).toEqual([linesOf(got.head), '']);
  });
});

describe('an address with bytes that are not ASCII, which is no address', () => {
  it.each(['/things/\u00e9', '/things/a?b=\u00c3\u00a9', '/nothing?\u00ff'])('%j is a 400', async (path) => {
    expect((await ask('GET', path)).head[0]).toMatch(/^http\/1.1 400 /);
  });
});

describe('a request target that could be read in two ways', () => {
  it.each([
    '/things/a#b',
    '/things/a?b#c',
    'http://x/things/a#b',
    'http://x#/things/a',
    'http://good@x/things/a',
    'http://x\\things/a',
    'http:///things/a',
    'http://:80/things/a',
    'http://y/things/a',
    'http://x:81/things/a',
    'ftp://x/things/a',
    'http:/things/a',
    'http://y?b=/things/a',
    'HTTP://y/things/a',
    '\\things/a',
    'things/a',
    'x:80',
    '*',
    '/things/a\x01',
    '/things/a\x7f',
    '/things/a b',
    '/things/a\tb',
  ])('is a 400: %j', async (target) => {
    expect((await ask('GET', target)).head[0]).toMatch(/^http\/1.1 400 /);
  });

  it.each(['http://x/things/a', 'http://X:80/things/a', 'HTTP://x/things/a', '/things/a%23b', '/things/%5c'])(
    'is none where it is whole: %j',
    async (target) => {
      expect((await ask('GET', target)).head[0]).toBe('http/1.1 200 ok');
    },
  );

  it.each([
    ['//things/a', '404'],
    ['/things\\a', '404'],
    ['http://x//things/a', '404'],
    ['http://x', '404'],
    ['http://x?b=/things/a', '404'],
  ])('is none where it is another path: %j', async (target, status) => {
    expect((await ask('GET', target)).head[0]).toContain(` ${status} `);
  });

  it('is told as it was, and as it is read', async () => {
    const { body } = await ask('GET', 'http://x?b=/things/a');
    expect(problem.parse(JSON.parse(body)).detail).toBe('No resource has the path /');
  });

  it('is none where OPTIONS asks for all of the server', async () => {
    expect((await ask('OPTIONS', '*')).head[0]).not.toContain(' 400 ');
  });
});

it.each([
  ['host', 'x', 'y'],
  ['authorization', 'Bearer a', 'Bearer b'],
  ['content-type', 'application/json', 'application/json'],
  ['idempotency-key', 'a', 'a'],
  ['x-deadline-ms', '5000', '5000'],
])('a header of one value that comes twice is a 400: %s', async (name, one, other) => {
  const lines = name === 'host' ? [`Host: ${other}`] : [`${name}: ${one}`, `${name.toUpperCase()}: ${other}`];
  for (const path of ['/things/a', '/nothing']) {
    const { head, body } = await ask('GET', path, lines);
    expect([path, head[0]]).toEqual([path, 'http/1.1 400 bad request']);
    expect(problem.parse(JSON.parse(body)).errors).toEqual([{ path: name, message: expect.any(String) }]);
  }
});

it.each(['9007199254740992', '9007199254740993', '99999999999999999'])(
  'a length that no number holds is a 413, and not another one: %s',
  async (length) => {
    for (const path of ['/things/a', '/nothing'])
      expect([path, (await ask('PUT', path, [`content-length: ${length}`])).head[0]]).toEqual([
        path,
        'http/1.1 413 payload too large',
      ]);
  },
);

it('of two request ids neither is used', async () => {
  const { head } = await ask('GET', '/things/a', ['x-request-id: a', 'x-request-id: b']);
  expect(head.find((line) => line.startsWith('x-request-id:'))).toMatch(/: [0-9a-f-]{36}$/);
});

describe('an expectation', () => {
  it.each(['200-ok', '', '100-continue, 200-ok', '100-continue=1', 'x-100-continue', '100'])(
    'that is not met is a 417 in our form: %j',
    async (expectation) => {
      for (const path of ['/things/a', '/nothing']) {
        const { head, body } = await ask('GET', path, [`Expect: ${expectation}`]);
        expect(head[0]).toBe('http/1.1 417 expectation failed');
        expect(head).toContainEqual(expect.stringMatching(/^x-request-id: /));
        expect(problem.parse(JSON.parse(body)).code).toBe('expectation_failed');
      }
    },
  );

  it.each(['100-continue', '100-Continue'])('of %s is met', async (expectation) => {
    const { head } = await ask('GET', '/things/a', [`Expect: ${expectation}`]);
    expect(head[0]).toBe('http/1.1 100 continue');
  });
});

describe('the document', () => {
  it('documents 405 and 415 with their headers, on each operation that can meet them', async () => {
    const document = JSON.parse((await ask('GET', '/openapi.json')).body) as OpenAPIObject;
    const { responses = {}, headers = {} } = document.components ?? {};
    const operations = Object.values(document.paths).flatMap(({ get, put, post, delete: remove }) =>
      [get, put, post, remove].flatMap((each) => each ?? []),
    );
    expect(operations.length).toBeGreaterThan(5);
    const answers = operations.map(({ responses: all }) => all['405']);
    expect(new Set(answers.map((each) => JSON.stringify(each)))).toEqual(
      new Set(['{"$ref":"#/components/responses/method_not_allowed"}']),
    );
    expect(responses['method_not_allowed']).toMatchObject({
      headers: { allow: { $ref: '#/components/headers/allow' } },
    });
    expect(responses['unsupported_media_type.unsupported_content_coding']).toMatchObject({
      headers: {
        accept: { $ref: '#/components/headers/accept' },
        'accept-encoding': { $ref: '#/components/headers/accept-encoding' },
      },
    });
    for (const name of ['allow', 'accept', 'accept-encoding'])
      expect(headers[name]).toMatchObject({ description: expect.any(String), schema: { type: 'string' } });
  });
});
