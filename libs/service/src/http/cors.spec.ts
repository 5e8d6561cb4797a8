import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { baseConfig } from '../config/base-config.ts';
import { corsConfig } from '../config/cors-config.ts';
import { loadConfig } from '../config/environment.ts';
import { identify } from '../identity.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { createMetrics } from '../metrics.ts';
import { ProblemFilter } from '../problem/problem.filter.ts';
import { createAdapter, installHooks } from './adapter.ts';
import { allowOriginsOnProblems, CORS_EXPOSED_HEADERS } from './cors.ts';

@Controller()
class WordController {
  @Get('word')
  word(): string {
    return 'ok';
  }
}

@Module({ controllers: [WordController] })
class WordModule {}

const ALLOWED = 'https://app.example';
let app: NestFastifyApplication;

beforeAll(async () => {
  const config = loadConfig({ ...baseConfig({ httpPort: 0 }), ...corsConfig() }, { CORS_ORIGINS: ALLOWED });
  const identity = identify('word', '1', config, { hostname: 'box', pid: 1, nowMs: 1 });
  const log = pino({ level: 'silent' });
  const lifecycle = new Lifecycle();
  app = await NestFactory.create<NestFastifyApplication>(WordModule, createAdapter(config, log), { logger: false });
  const fastify = app.getHttpAdapter().getInstance();
  installHooks(fastify, { config, identity, lifecycle, log, metrics: createMetrics(identity, lifecycle) });
  allowOriginsOnProblems(fastify, config.CORS_ORIGINS);
  app.useGlobalFilters(new ProblemFilter(log, undefined));
  await app.init();
});
afterAll(() => app?.close());

const ask = (url: string, headers: Record<string, string>) =>
  app.getHttpAdapter().getInstance().inject({ url, headers });

it.each([
  ['what no route serves', '/nothing', {}, 404],
  ['what is refused before any route', '/word', { 'x-deadline-ms': 'soon' }, 400],
  ['what comes too late', '/word', { 'x-deadline-ms': '0' }, 504],
  ['a path that cannot be decoded', '/%zz', {}, 400],
])('a page of an allowed origin reads the problem of %s', async (_what, url, headers, status) => {
  const answer = await ask(url, { ...headers, origin: ALLOWED });
  expect(answer.statusCode).toBe(status);
  expect(answer.headers).toMatchObject({
    'access-control-allow-origin': ALLOWED,
    'access-control-allow-credentials': 'true',
    vary: 'Origin',
  });
  expect(answer.headers['access-control-expose-headers']).toContain('retry-after, x-request-id');
});

it.each([
  ['another origin', '/nothing', { origin: 'https://app.example.evil' }],
  ['none', '/nothing', {}],
  ['an answer that is no problem', '/word', { origin: ALLOWED }],
])('nothing is said for %s', async (_what, url, headers) => {
  const answer = await ask(url, headers);
  expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
});

it('HAProxy exposes the same headers', () => {
  const config = readFileSync(join(import.meta.dirname, '../../../../deploy/haproxy/edge-proxy.cfg'), 'utf8');
  const [, names = ''] = /Access-Control-Expose-Headers "([^"]*)"/.exec(config) ?? [];
  expect(names.split(', ')).toEqual(CORS_EXPOSED_HEADERS);
});
