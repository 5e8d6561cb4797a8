import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Problem, problem } from '@nestfleet/contracts';
import { Body, Controller, Delete, Get, HttpCode, Module, Param, Post, Query } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
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
import { createApp } from './create-app.ts';

const thing = z.record(z.string(), z.unknown()).meta({ id: 'Thing' });

@Controller()
class ThingController {
  @Get('things/:name')
  read(@Param('name') name: string, @Query('text') text?: string): object {
    return { name, text };
  }
  @Post('things')
  @ApiHeader({ name: 'If-Match', required: false })
  @ApiHeader({ name: 'if-none-match', required: false })
  @HttpCode(200)
  write(@Body({ schema: thing }) body: object): object {
    return { kept: body };
  }
  @Post('maybe')
  @HttpCode(200)
  maybe(@Body({ schema: thing.optional() }) body?: object): object {
    return { kept: body ?? null };
  }
  @Delete('things/:name')
  remove(): object {
    return {};
  }
  @Post('restart')
  @HttpCode(200)
  restart(): object {
    return {};
  }
}

@Module({ controllers: [ThingController] })
class ThingModule {}

const json = { 'content-type': 'application/json' };
const sized = (length: number): Record<string, string> => ({ 'content-length': String(length) });
const chunked = { 'transfer-encoding': 'chunked' };
const problemOf = (answer: { body: string }): Problem => problem.parse(JSON.parse(answer.body));

let app: NestFastifyApplication;
beforeAll(async () => {
  const shape = baseConfig({ httpPort: 0 });
  const config = loadConfig(shape, {});
  const identity = identify('things', '1', config, { hostname: 'box', pid: 1, nowMs: 1 });
  const lifecycle = new Lifecycle();
  const metrics = createMetrics(identity, lifecycle);
  const context = { config, identity, lifecycle, log: pino({ level: 'silent' }), metrics };
  const composition = { module: ThingModule };
  const spec = { name: 'things', version: '1', title: 'Things', description: 'x', config: shape };
  app = await createApp({ ...spec, compose: () => composition }, context, composition);
  const document = createDocument(app, spec);
  serveDocument(app, document);
  refuseUndocumentedInput(app.getHttpAdapter().getInstance(), document);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
});
afterAll(() => app?.close());

describe('a body', () => {
  it('is taken whole, whatever its members are called', async () => {
    const payload =
      '{"car":{"constructor":"Ferrari","prototype":"SF-26"},"constructor":{"prototype":1},"prototype":[]}';
    const answer = await app.inject({ method: 'POST', url: '/things', headers: json, payload });
    expect(answer.json()).toEqual({ kept: JSON.parse(payload) as object });
  });

  it.each([
    ['a member twice', '{"a":{"b":1,"b":2}}', 'a.b'],
    ['__proto__', '{"a":{"__proto__":2}}', 'a.__proto__'],
    ['a number that would change', '{"a":12345678901234567890}', 'a'],
    ['half a surrogate pair', '{"a":"\\ud800"}', 'a'],
  ])('with %s is refused, and the member is named', async (_what, payload, path) => {
    const answer = await app.inject({ method: 'POST', url: '/things', headers: json, payload });
    expect([answer.statusCode, problemOf(answer).errors]).toEqual([400, [{ path, message: expect.any(String) }]]);
  });

  it.each([
    ['POST', '/maybe', 200, undefined],
    ['POST', '/restart', 200, undefined],
    ['DELETE', '/things/a', 200, undefined],
    ['POST', '/things', 400, 'invalid_input'],
  ] as const)('of zero bytes is none for %s %s, whatever its type', async (method, url, status, expectedCode) => {
    for (const type of ['application/json', 'application/x-www-form-urlencoded', 'text/plain', undefined])
      for (const [size, payload] of [
        [{}, undefined],
        [sized(0), undefined],
        [chunked, Readable.from([])],
      ] as const) {
        const headers = { ...(type && { 'content-type': type }), ...size };
        const answer = await app.inject({ method, url, headers, ...(payload && { payload }) });
        const { code } = answer.json<Partial<Problem>>();
        expect([type, size, answer.statusCode, code]).toEqual([type, size, status, expectedCode]);
      }
  });

  it.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'a=1'],
    ['plain text', { 'content-type': 'text/plain' }, '{"a":1}'],
    ['another JSON', { 'content-type': 'application/merge-patch+json' }, '{"a":1}'],
    ['no type', {}, '{"a":1}'],
    ['what is no type', { 'content-type': 'json' }, '{"a":1}'],
    ['two types', { 'content-type': 'application/json, text/plain' }, '{"a":1}'],
    ['UTF-16', { 'content-type': 'application/json; charset=utf-16' }, Buffer.from('{"a":1}', 'utf16le')],
    ['Latin-1', { 'content-type': 'application/json;CHARSET="iso-8859-1"' }, '{"a":1}'],
    ['two charsets', { 'content-type': 'application/json; charset=utf-8; charset=utf-7' }, '{"a":1}'],
  ])('in %s is a 415, also where none is read, sized or chunked', async (_what, headers, text) => {
    for (const url of ['/things', '/restart'])
      for (const payload of [Buffer.from(text), Readable.from([text])]) {
        const size = payload instanceof Readable ? chunked : {};
        const answer = await app.inject({ method: 'POST', url, headers: { ...headers, ...size }, payload });
        expect([url, answer.statusCode, problemOf(answer).code]).toEqual([url, 415, 'unsupported_media_type']);
        expect(answer.headers['accept']).toBe('application/json');
      }
  });

  it.each(['gzip', 'br', 'identity, gzip', 'x-unknown'])(
    'in the coding %s is a 415 that says which is read',
    async (coding) => {
      const headers = { ...json, 'content-encoding': coding };
      const answer = await app.inject({ method: 'POST', url: '/things', headers, payload: '{"a":1}' });
      expect([answer.statusCode, problemOf(answer).code]).toEqual([415, 'unsupported_content_coding']);
      expect(answer.headers['accept-encoding']).toBe('identity');
    },
  );

  it.each([
    { 'content-type': 'application/json; charset=utf-8' },
    { 'content-type': 'Application/JSON;charset="UTF-8"' },
    { 'content-type': 'application/json; charset=UTF8', 'content-encoding': 'Identity' },
  ])('with %j is read', async (headers) => {
    const answer = await app.inject({ method: 'POST', url: '/things', headers, payload: '\ufeff{"a":"\u00e9"}' });
    expect(answer.json()).toEqual({ kept: { a: '\u00e9' } });
  });

  it('that no UTF-8 can be read from is a 400', async () => {
    for (const payload of [Buffer.from('{"a":"\xff"}', 'latin1'), Buffer.from('7b2261223a22eda080227d', 'hex')])
      expect((await app.inject({ method: 'POST', url: '/things', headers: json, payload })).statusCode).toBe(400);
  });

  it('where none is read is a 400, unless nothing is in it', async () => {
    for (const [method, url] of [
      ['POST', '/restart'],
      ['DELETE', '/things/a'],
    ] as const) {
      const ask = (payload: string) => app.inject({ method, url, headers: json, payload });
      for (const payload of ['{"a":1}', '[1]', '[]', 'null', '"x"']) {
        const answer = await ask(payload);
        expect([payload, answer.statusCode, problemOf(answer).code]).toEqual([payload, 400, 'unexpected_body']);
      }
      expect((await ask('{}')).statusCode).toBe(200);
    }
  });
});

describe('a condition on entity tags', () => {
  it.each(['if-match', 'if-none-match'])('that is not read is not ignored: %s', async (name) => {
    for (const [method, url] of [
      ['POST', '/restart'],
      ['DELETE', '/things/a'],
    ] as const)
      for (const tags of ['"1"', '*', 'junk']) {
        const answer = await app.inject({ method, url, headers: { [name]: tags } });
        expect([url, tags, answer.statusCode]).toEqual([url, tags, 400]);
        expect(problemOf(answer).errors).toEqual([{ path: name, message: expect.any(String) }]);
      }
  });

  it('is read where the document names it, and none of a read, which has no tag', async () => {
    const headers = { 'if-match': '"1"', 'if-none-match': '"2"' };
    expect(
      (await app.inject({ method: 'POST', url: '/things', headers: { ...headers, ...json }, payload: '{}' }))
        .statusCode,
    ).toBe(200);
    expect((await app.inject({ url: '/things/a', headers: { 'if-none-match': '"2"' } })).statusCode).toBe(200);
  });
});

describe('an address', () => {
  it.each(['/things/%ff', '/things/a?text=%ED%A0%80', '/things/a?text=%C3&x=%A9', '/things/a?text=%', '/docs?a=%ff'])(
    '%s is a 400',
    async (url) => {
      expect((await app.inject(url)).statusCode).toBe(400);
    },
  );

  it('with a key twice is a 400 that names it', async () => {
    const answer = await app.inject('/things/a?text=a&text=a');
    expect(problemOf(answer)).toMatchObject({ status: 400, errors: [{ path: 'text' }] });
  });

  it('is read as it was meant', async () => {
    expect((await app.inject('/things/%C3%A9?text=%E2%82%AC+%2B%00')).json()).toEqual({ name: 'é', text: '€ +\0' });
  });
});
