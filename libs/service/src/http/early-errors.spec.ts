import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, type Socket, connect } from 'node:net';
import { problem } from '@nestfleet/contracts';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Body, Controller, Get, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { pino } from 'pino';
import { baseConfig } from '../config/base-config.ts';
import { loadConfig } from '../config/environment.ts';
import { identify } from '../identity.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { createMetrics } from '../metrics.ts';
import { ProblemFilter } from '../problem/problem.filter.ts';
import { createDocument } from './openapi.ts';
import { refuseUndocumentedInput } from './undocumented-input.ts';
import { createAdapter, installHooks } from './adapter.ts';

@Controller()
class SinkController {
  @Get('quiet')
  quiet(): string {
    return 'ok';
  }
  @Post('sink')
  sink(@Body() body: object): string {
    return `${Object.keys(body).length} keys`;
  }
}

@Module({ controllers: [SinkController] })
class SinkModule {}

let app: NestFastifyApplication;
let port = 0;
const lifecycle = new Lifecycle();
/** Levels of the lines that were logged. */
const levels: number[] = [];

beforeAll(async () => {
  const config = loadConfig(baseConfig({ httpPort: 0 }), {});
  const identity = identify('sink', '1', config, { hostname: 'box', pid: 1, nowMs: 1 });
  const log = pino({ level: 'warn' }, { write: (line) => levels.push((JSON.parse(line) as { level: number }).level) });
  app = await NestFactory.create<NestFastifyApplication>(SinkModule, createAdapter(config, log), { logger: false });
  installHooks(app.getHttpAdapter().getInstance(), {
    config,
    identity,
    lifecycle,
    log,
    metrics: createMetrics(identity, lifecycle),
  });
  const title = { title: 'Sink', description: 'x', version: '1' };
  refuseUndocumentedInput(app.getHttpAdapter().getInstance(), createDocument(app, title));
  app.useGlobalFilters(new ProblemFilter(log, undefined));
  await app.listen(0, '127.0.0.1');
  port = (app.getHttpServer().address() as AddressInfo).port;
});
afterAll(() => app?.close());

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

const turns = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
};

it.each(['destroy', 'resetAndDestroy', 'end'] as const)(
  'makes no error line of a client that leaves within its body, by %s',
  async (leave) => {
    levels.length = 0;
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    socket.write('POST /sink HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{');
    await turns(() => lifecycle.inFlight === 1);
    socket[leave]();
    await turns(() => lifecycle.inFlight === 0);
    expect(levels).toEqual([]);
    socket.destroy();
  },
);

/** A connection that stays open; `until` resolves once that much was answered. */
async function open(): Promise<{ socket: Socket; until: (pattern: RegExp) => Promise<string>; closed: Promise<void> }> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  const until = (pattern: RegExp): Promise<string> =>
    new Promise((resolve) => {
      const look = (): void => (pattern.test(answer) ? resolve(answer) : undefined);
      socket.on('data', (chunk) => {
        answer += chunk.toString('latin1');
        look();
      });
      look();
    });
  return { socket, until, closed };
}
const chunk = `10000\r\n${'x'.repeat(0x1_00_00)}\r\n`;
const refused = `POST /sink HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n${chunk.repeat(6)}`;

describe('the rest of a refused body', () => {
  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'hrtime', 'Date'] });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('is read to its end, and the connection kept for the next requests', async () => {
    const { socket, until, closed } = await open();
    const first = until(/ 413 [\s\S]*\}$/);
    socket.write(refused);
    await first;
    const second = until(/ 404 [\s\S]*\/second[\s\S]*\}$/);
    socket.write(`${chunk.repeat(40)}0\r\n\r\nGET /second HTTP/1.1\r\nhost: x\r\n\r\n`);
    await second;
    jest.advanceTimersByTime(5_000);
    const third = until(/ 404 [\s\S]*\/third[\s\S]*\}$/);
    socket.write('GET /third HTTP/1.1\r\nhost: x\r\n\r\n');
    expect(await third).toContain('/third');
    socket.destroy();
    await closed;
  });

  it.each([
    ['the client wants ended', 'connection: close'],
    ['Node ends because it never asked for the body', 'expect: 100-continue'],
  ])('is read where the answer has said that the connection ends, which %s', async (_name, header) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).setEncoding('latin1');
    const faults: Error[] = [];
    let answer = '';
    socket.on('error', (fault) => faults.push(fault)).on('data', (text: string) => (answer += text));
    const ended = once(socket, 'end');
    const closed = once(socket, 'close');
    // Behind another, so that its turn to be asked for its body has not come when it is refused.
    socket.write(`GET /first HTTP/1.1\r\nhost: x\r\n\r\n${refused.replace('host: x', `host: x\r\n${header}`)}`);
    await ended;
    expect(answer).toMatch(/ 413 [\s\S]*\r\nconnection: close\r\n[\s\S]*\}$/i);
    socket.end(`${chunk.repeat(40)}0\r\n\r\nGET /behind HTTP/1.1\r\nhost: x\r\n\r\n`);
    await closed;
    expect([faults, answer.includes('/behind')]).toEqual([[], false]);
  });

  it.each([
    ['too large', refused, / 413 [\s\S]*\}$/],
    ['read by nobody', refused.replace('POST /sink', 'GET /quiet'), / 400 [\s\S]*\}$/],
  ])('is not waited for without end when it is %s', async (_name, request, answer) => {
    const { socket, until, closed } = await open();
    const first = until(answer);
    socket.write(request);
    await first;
    jest.advanceTimersByTime(5_000);
    await closed;
    expect(socket.destroyed).toBe(true);
  });
});
