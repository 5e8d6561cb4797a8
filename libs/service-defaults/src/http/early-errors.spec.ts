import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { type AddressInfo, connect } from 'node:net';
import { problem } from '@nestfleet/contracts';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { pino } from 'pino';
import { baseConfig } from '../config/base-config.ts';
import { loadConfig } from '../config/environment.ts';
import { identify } from '../identity.ts';
import { Lifecycle } from '../lifecycle.ts';
import { createMetrics } from '../metrics.ts';
import { ProblemFilter } from '../problem/problem.filter.ts';
import { createAdapter, installHooks } from './adapter.ts';

@Controller()
class SinkController {
  @Post('sink')
  sink(): string {
    return 'ok';
  }
}

@Module({ controllers: [SinkController] })
class SinkModule {}

let app: NestFastifyApplication;
let port = 0;

beforeAll(async () => {
  const config = loadConfig(baseConfig({ httpPort: 0 }), {});
  const identity = identify('sink', '1', config, { hostname: 'box', pid: 1, nowMs: 1 });
  const lifecycle = new Lifecycle();
  const log = pino({ level: 'silent' });
  app = await NestFactory.create<NestFastifyApplication>(SinkModule, createAdapter(config), { logger: false });
  installHooks(app.getHttpAdapter().getInstance(), {
    identity,
    lifecycle,
    log,
    metrics: createMetrics(identity, lifecycle),
  });
  app.useGlobalFilters(new ProblemFilter(log, undefined));
  await app.listen(0, '127.0.0.1');
  port = (app.getHttpServer().address() as AddressInfo).port;
});
afterAll(() => app.close());

/** Writes raw bytes and reads until the other side has said all. */
const exchange = (text: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (/content-length: (\d+)/i.test(answer) && answer.endsWith('}')) socket.destroy();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
const bodyOf = (answer: string): unknown => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));

it('answers what is not HTTP with a problem', async () => {
  const answer = await exchange('NONSENSE\r\n\r\n');
  expect(answer).toMatch(/^HTTP\/1.1 400 /);
  expect(problem.parse(bodyOf(answer)).code).toBe('malformed_http');
});

it('answers headers that are too large with 431', async () => {
  const answer = await exchange(`GET / HTTP/1.1\r\nhost: x\r\na: ${'x'.repeat(70_000)}\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1.1 431 /);
});

it('lets the client of a body that is too large read the answer', async () => {
  const body = 'x'.repeat(4_000_000);
  const answer = await exchange(
    `POST /sink HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  expect(answer).toMatch(/^HTTP\/1.1 413 /);
  expect(problem.parse(bodyOf(answer)).code).toBe('body_too_large');
});
