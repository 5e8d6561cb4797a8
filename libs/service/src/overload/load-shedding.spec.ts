import { once } from 'node:events';
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { problem } from '@nestfleet/contracts';
import { until } from '@nestfleet/timing';
import { Controller, Get, Module, Post, Query, StreamableFile } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { baseConfig } from '../config/base-config.ts';
import { loadConfig } from '../config/environment.ts';
import { overloadConfig } from '../config/overload-config.ts';
import { createApp } from '../boot/create-app.ts';
import type { Composition } from '../composition.ts';
import { identify } from '../identity.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { createMetrics, type Metrics } from '../metrics.ts';

/** Work that has begun, by name, in order; each ends when it is told to. */
let begun: string[] = [];
let gates = new Map<string, () => void>();
/** Told when `computed` begins. */
let onComputed = (): void => undefined;
/** What `quick` waits for. */
let burst = Promise.withResolvers<void>();

const work = (name: string): Promise<void> => {
  begun.push(name);
  return new Promise((resolve) => gates.set(name, resolve));
};

/** Keeps the event loop from turning. */
const block = (ms: number): void => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

@Controller()
class WorkController {
  @Get('work')
  async get(@Query('name') name: string): Promise<object> {
    await work(name);
    return { name };
  }
  @Post('work')
  async post(@Query('name') name: string): Promise<object> {
    return this.get(name);
  }
  @Get('busy')
  busy(): object {
    return {};
  }
  @Get('computed')
  computed(): object {
    onComputed();
    block(20);
    return {};
  }
  @Get('quick')
  async quick(): Promise<object> {
    await burst.promise;
    return {};
  }
  @Get('ops/look')
  ops(): object {
    return {};
  }
  @Get('events')
  events(): StreamableFile {
    // An answer without an end.
    const stream = new Readable({ read: () => undefined });
    stream.push('data: 1\n\n');
    return new StreamableFile(stream, { type: 'text/event-stream' });
  }
}

@Module({ controllers: [WorkController] })
class WorkModule {}

const shape = { ...baseConfig({ httpPort: 0 }), ...overloadConfig() };

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const CLOSE = 'Connection: close\r\n';
const requestText = (path: string, more = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${more}\r\n`;
const statusesIn = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));

async function answerOf(sent: ClientRequest): Promise<Answer> {
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += String(chunk);
  return { status: response.statusCode ?? 0, headers: response.headers, body };
}

/** A reset, as a client's end of both sides: its own side alone may be ended by one that still reads. */
const reset = (sent: ClientRequest): void => void sent.socket?.resetAndDestroy();

const isBegun = (name: string): Promise<unknown> => until(() => begun.includes(name), 10_000);

describe('load shedding', () => {
  const agent = new Agent({ keepAlive: true });
  let app: NestFastifyApplication | undefined;
  let lifecycle: Lifecycle;
  let metrics: Metrics;
  let lines: Record<string, unknown>[];
  let port = 0;

  beforeEach(() => {
    begun = [];
    gates = new Map();
    lines = [];
  });
  afterEach(async () => {
    for (const open of gates.values()) open();
    app?.getHttpServer().closeAllConnections();
    await app?.close();
  });

  /** One runs and one waits for as long as it takes, in order, unless told otherwise. */
  async function start(settings: Record<string, string> = {}): Promise<void> {
    const one = { CONCURRENT_REQUESTS_MAX: '1', QUEUED_REQUESTS_MAX: '1' };
    const limits = { ...one, QUEUE_INTERVAL_MS: '600000', QUEUE_DEADLINE_MS: '600000', ...settings };
    const config = loadConfig(shape, { INSTANCE_NAME: 'unit-1', ...limits });
    const identity = identify('unit', '1.0.0', config, { hostname: 'box', pid: 1, nowMs: 1 });
    lifecycle = new Lifecycle();
    lifecycle.holdUntilReady();
    metrics = createMetrics(identity, lifecycle);
    const log = pino(
      { level: 'warn' },
      { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
    );
    const spec = { name: 'unit', version: '1.0.0', title: 'Unit', description: 'x', config: shape };
    const composition: Composition = { module: WorkModule };
    const context = { config, identity, lifecycle, log, metrics };
    app = await createApp({ ...spec, compose: () => composition }, context, composition);
    await app.listen(0, '127.0.0.1');
    port = (app.getHttpServer().address() as { port: number }).port;
  }

  async function startReady(settings: Record<string, string> = {}): Promise<void> {
    await start(settings);
    lifecycle.ready();
  }

  const send = (path: string, headers: Record<string, string> = {}, method = 'GET'): ClientRequest =>
    request({ host: '127.0.0.1', port, path, headers, method, agent })
      .on('error', () => undefined)
      .end();

  function ask(path: string, headers?: Record<string, string>, method?: string): Promise<Answer> {
    const answer = answerOf(send(path, headers, method));
    // The end of a test cuts those that it did not wait for.
    answer.catch(() => undefined);
    return answer;
  }

  /** Writes these bytes at once. @returns all that comes until the connection ends */
  async function raw(bytes: string, endsItsSide = false): Promise<string> {
    const socket = connect(port, '127.0.0.1').setEncoding('latin1');
    let text = '';
    socket.on('data', (chunk: string) => (text += chunk));
    if (endsItsSide) socket.end(bytes);
    else socket.write(bytes);
    await once(socket, 'close');
    return text;
  }

  const metric = async (name: string): Promise<string[]> =>
    (await metrics.registry.metrics())
      .split('\n')
      .filter((line) => line.startsWith(`nestfleet_http_server_${name}{`))
      .map((line) => line.replace(/^[^{]*\{|(?:,?service|,?instance_name)="[^"]*"|,?\}/g, '').trim());

  const valueOf = async (name: string): Promise<number> => Number((await metric(name))[0]);
  const inFlight = (count: number): Promise<unknown> => until(() => lifecycle.inFlight === count, 10_000);

  /** One runs, `waits` waits: whatever else comes finds the instance full. */
  async function fill(): Promise<{ running: Promise<Answer>; waits: ClientRequest }> {
    const running = ask('/work?name=runs');
    await isBegun('runs');
    const waits = send('/work?name=waits');
    await inFlight(2);
    return { running, waits };
  }

  it.each(['GET', 'POST'])(
    'answers a %s that it does not begin with a mark, when to retry, and a problem',
    async (method) => {
      await startReady();
      const { running, waits } = await fill();
      const waiting = answerOf(waits);
      const refused = await ask('/work?name=late', { 'x-request-id': 'r-1' }, method);
      expect(refused).toMatchObject({
        status: 503,
        headers: {
          'retry-after': '1',
          'x-overloaded': 'true',
          'x-served-by': 'unit-1',
          'cache-control': 'no-store',
          'content-type': expect.stringContaining('application/problem+json'),
        },
      });
      expect(problem.parse(JSON.parse(refused.body))).toMatchObject({
        code: 'overloaded',
        status: 503,
        request_id: 'r-1',
      });
      expect([await valueOf('limited_requests'), await valueOf('queued_requests')]).toEqual([1, 1]);
      expect(await metric('shed_requests_total')).toEqual(['reason="queue_full" 1']);
      gates.get('runs')!();
      expect((await running).status).toBe(200);
      await isBegun('waits');
      gates.get('waits')!();
      expect((await waiting).headers['x-overloaded']).toBeUndefined();
      expect(begun).toEqual(['runs', 'waits']);
      expect([await valueOf('limited_requests'), await valueOf('queued_requests')]).toEqual([0, 0]);
    },
  );

  it('lets health checks and those who run the fleet in', async () => {
    await startReady();
    await fill();
    const paths = ['/livez', '/readyz', '/startupz', '/healthz', '/ops/look'];
    expect(await Promise.all(paths.map(async (path) => (await ask(path)).status))).toEqual(paths.map(() => 200));
  });

  it('refuses who waits in the queue for as long as one may', async () => {
    await startReady({ QUEUE_DEADLINE_MS: '30' });
    const { waits } = await fill();
    expect((await answerOf(waits)).status).toBe(503);
    expect(await metric('shed_requests_total')).toEqual(['reason="queue_timeout" 1']);
    expect(begun).toEqual(['runs']);
  });

  it('does not begin what its caller no longer waits for', async () => {
    await startReady();
    const running = ask('/work?name=runs');
    await isBegun('runs');
    const late = await ask('/work?name=late', { 'x-deadline-ms': '30' });
    expect([late.status, late.headers['x-overloaded']]).toEqual([503, 'true']);
    gates.get('runs')!();
    await running;
    expect(await metric('shed_requests_total')).toEqual(['reason="deadline" 1']);
    expect(begun).toEqual(['runs']);
  });

  it('drops what waits when its client goes', async () => {
    await startReady();
    const { running, waits } = await fill();
    reset(waits);
    await inFlight(1);
    gates.get('runs')!();
    await running;
    const next = ask('/work?name=next');
    await isBegun('next');
    gates.get('next')!();
    await next;
    expect(begun).toEqual(['runs', 'next']);
    expect(await metric('shed_requests_total')).toEqual(['reason="client_gone" 1']);
  });

  it('begins nothing for a client that ended its side while it waited in a queue that stands', async () => {
    await startReady({ QUEUE_INTERVAL_MS: '1', QUEUED_REQUESTS_MAX: '2' });
    const { running } = await fill();
    expect(await raw(requestText('/work?name=half'), true)).toMatch(/^HTTP\/1\.1 503 .*x-overloaded: true/s);
    gates.get('runs')!();
    await running;
    expect(await metric('shed_requests_total')).toContain('reason="client_gone" 1');
  });

  it('counts work as in flight until it ends, also when its client has gone', async () => {
    await startReady();
    const running = send('/work?name=runs');
    await isBegun('runs');
    reset(running);
    await inFlight(0);
    const next = ask('/work?name=next');
    await inFlight(1);
    expect([await valueOf('limited_requests'), await valueOf('queued_requests')]).toEqual([1, 1]);
    gates.get('runs')!();
    await isBegun('next');
    gates.get('next')!();
    expect((await next).status).toBe(200);
  });

  it('does not count an event stream that has begun', async () => {
    await startReady();
    const streams = [send('/events'), send('/events'), send('/events')];
    await Promise.all(streams.map((each) => once(each, 'response')));
    expect(await valueOf('limited_requests')).toBe(0);
    for (const each of streams) each.destroy();
    await inFlight(0);
    expect(await valueOf('limited_requests')).toBe(0);
  });

  it('counts nothing twice that waited for the first readiness, and drops what did not wait for it', async () => {
    await start();
    const gone = send('/work?name=gone');
    await inFlight(1);
    const first = ask('/work?name=first');
    await inFlight(2);
    const second = ask('/work?name=second');
    await inFlight(3);
    reset(gone);
    await inFlight(2);
    expect([await valueOf('limited_requests'), await valueOf('queued_requests')]).toEqual([0, 0]);
    lifecycle.ready();
    await isBegun('first');
    expect([await valueOf('limited_requests'), await valueOf('queued_requests')]).toEqual([1, 1]);
    gates.get('first')!();
    await isBegun('second');
    gates.get('second')!();
    expect([(await first).status, (await second).status]).toEqual([200, 200]);
    expect(begun).toEqual(['first', 'second']);
    expect(await valueOf('limited_requests')).toBe(0);
  });

  it('refuses nothing in a graceful shutdown', async () => {
    await startReady({ QUEUE_DEADLINE_MS: '1', QUEUE_TARGET_MS: '1' });
    const running = ask('/work?name=runs');
    await isBegun('runs');
    lifecycle.beginShutdown();
    const others = ['a', 'b', 'c'].map((name) => ask(`/work?name=${name}`));
    await inFlight(4);
    gates.get('runs')!();
    for (const name of ['a', 'b', 'c']) {
      await isBegun(name);
      gates.get(name)!();
    }
    const statuses = (await Promise.all([running, ...others])).map(({ status }) => status);
    expect(statuses).toEqual([200, 200, 200, 200]);
  });

  it('refuses what waited too long for the event loop, once the loop is late for long', async () => {
    await startReady({
      CONCURRENT_REQUESTS_MAX: '256',
      QUEUED_REQUESTS_MAX: '256',
      EVENT_LOOP_LAG_MAX_MS: '50',
      QUEUE_DEADLINE_MS: '300',
    });
    // What is not admitted keeps the loop busy as well: each turn is later than it may be.
    const busy = setInterval(() => block(100), 1);
    try {
      const statuses: number[] = [];
      const isRefused = async (): Promise<boolean> => {
        const { status } = await ask('/busy');
        return statuses.push(status) > 0 && status === 503;
      };
      await until(isRefused, 20_000);
      expect(new Set(statuses.slice(0, -1))).toEqual(new Set([200]));
      expect((await ask('/livez')).status).toBe(200);
      expect(await metric('shed_requests_total')).toEqual(['reason="event_loop_lag" 1']);
    } finally {
      clearInterval(busy);
    }
    await until(async () => (await ask('/busy')).status === 200, 20_000);
  });

  it('takes the requests on new connections before it begins more work than one turn has', async () => {
    await startReady({ CONCURRENT_REQUESTS_MAX: '256', QUEUED_REQUESTS_MAX: '256' });
    const present: number[] = [];
    onComputed = () => void present.push(lifecycle.inFlight);
    const clients = Array.from({ length: 40 }, () => raw(requestText('/computed', CLOSE)));
    const statuses = (await Promise.all(clients)).flatMap(statusesIn);
    expect(statuses).toEqual(Array(40).fill(200));
    expect(present[5]).toBeGreaterThan(30);
  });

  it('answers a burst of 1,000 quick requests with its defaults', async () => {
    const unset = ['CONCURRENT_REQUESTS_MAX', 'QUEUED_REQUESTS_MAX', 'QUEUE_INTERVAL_MS', 'QUEUE_DEADLINE_MS'];
    await startReady(Object.fromEntries(unset.map((name) => [name, ''])));
    burst = Promise.withResolvers();
    const texts = Array.from({ length: 10 }, () =>
      raw(requestText('/quick').repeat(99) + requestText('/quick', CLOSE)),
    );
    // All are there at once, before the first one ends.
    await inFlight(1_000);
    burst.resolve();
    const statuses = (await Promise.all(texts)).flatMap(statusesIn);
    expect(statuses).toEqual(Array(1_000).fill(200));
  }, 30_000);

  it('writes one warning for all that it refused of late', async () => {
    await startReady();
    const { running } = await fill();
    await Promise.all([ask('/work?name=a'), ask('/work?name=b')]);
    gates.get('runs')!();
    await running;
    await isBegun('waits');
    gates.get('waits')!();
    await inFlight(0);
    await app?.close();
    expect(lines).toEqual([expect.objectContaining({ event: 'overload.shed', queue_full: 2 })]);
  });
});
