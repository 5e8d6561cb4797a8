import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { Server, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Body, Controller, Get, Module, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { until } from '@nestfleet/timing';
import { connectedDuringStall, waitingConnectionsMax } from '@nestfleet/timing/testing';
import { pino } from 'pino';
import { baseConfig } from '../config/base-config.ts';
import { loadConfig } from '../config/environment.ts';
import { identify } from '../identity.ts';
import { shutdown } from '../shutdown/shutdown-sequence.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { createMetrics } from '../metrics.ts';
import type { Ports } from '../hooks.ts';
import { startService } from './start-service.ts';

const held: ServerResponse[] = [];

@Controller()
class HeldController {
  /** The head is out, and says nothing of an end of the connection. */
  @Get('begun')
  begun(@Res() reply: FastifyReply): void {
    reply.hijack();
    reply.raw.writeHead(200, { 'content-length': '2' }).write('a');
    held.push(reply.raw);
  }

  @Post('taken')
  taken(@Body() body: unknown): unknown {
    return body;
  }
}

@Module({ controllers: [HeldController] })
class HeldModule {}

const shape = baseConfig({ httpPort: 0 });
const config = loadConfig(shape, { PORT: '0', METRICS_PORT: '0', CONTROL_PORT: '0', INSTANCE_NAME: 'unit-1' });
const log = pino({ level: 'silent' });

async function boot(changes: Partial<typeof config> = {}) {
  const identity = identify('unit', '1.0.0', config, { hostname: 'box', pid: 1, nowMs: 1 });
  const lifecycle = new Lifecycle();
  const announced = Promise.withResolvers<Ports>();
  const running = await startService(
    {
      name: 'unit',
      version: '1.0.0',
      title: 'Unit',
      description: 'x',
      config: shape,
      compose: () => ({
        module: HeldModule,
        registration: {
          announce: announced.resolve,
          maintenance: () => Promise.resolve(),
          withdraw: () => Promise.resolve(),
        },
      }),
    },
    { config: { ...config, ...changes }, identity, lifecycle, log, metrics: createMetrics(identity, lifecycle) },
  );
  const shutDown = (inFlightMs: number): Promise<number> =>
    shutdown({
      ...running,
      lifecycle,
      timeouts: { drainDelayMs: 0, inFlightMs, finishMs: 0, hardMs: inFlightMs },
      log,
      drainDelay: () => ({ over: true, why: 'time' }),
      sleep: (ms) => sleep(ms),
      nowMs: () => performance.now(),
    });
  return { port: (await announced.promise).http, lifecycle, shutDown };
}

describe('connections of a service that shuts down', () => {
  let service: Awaited<ReturnType<typeof boot>>;
  const sockets: Socket[] = [];
  beforeEach(async () => {
    service = await boot();
  });
  afterEach(() => {
    held.length = 0;
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  /** A connection over which one request was sent, once its answer has begun. */
  const opened = async (path: string): Promise<Socket> => {
    const socket = connect(service.port, '127.0.0.1');
    sockets.push(socket);
    socket.write(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await once(socket, 'data');
    return socket.resume();
  };

  it('that are idle close at once, ones that become idle soon after, and none with an answer under way', async () => {
    const idle = await opened('/livez');
    const first = await opened('/begun');
    const second = await opened('/begun');
    const ended = service.shutDown(10_000);
    await once(idle, 'close');
    expect([first.destroyed, second.destroyed]).toEqual([false, false]);
    held[0]?.end('b');
    await once(first, 'close');
    expect(service.lifecycle.inFlight).toBe(1);
    expect(second.destroyed).toBe(false);
    held[1]?.end('b');
    expect(await ended).toBe(0);
  });

  it('with a request that has arrived and was not read yet get their answer', async () => {
    const idle = await Promise.all(Array.from({ length: 100 }, () => opened('/livez')));
    const answers = idle.map((socket) => {
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString())).on('error', () => undefined);
      // The kernel has it when this returns, and nobody reads before the next turn.
      socket.write('GET /livez HTTP/1.1\r\nhost: x\r\n\r\n');
      return once(socket, 'close').then(() => text.split('\r\n', 1)[0]);
    });
    const ended = service.shutDown(10_000);
    expect(await Promise.all(answers)).toEqual(Array(100).fill('HTTP/1.1 200 OK'));
    expect(await ended).toBe(0);
  });

  it('with a request that has arrived in part wait for the rest of it', async () => {
    const idle = await opened('/livez');
    const fresh = connect(service.port, '127.0.0.1');
    sockets.push(fresh);
    await once(fresh, 'connect');
    let text = '';
    for (const socket of [idle, fresh]) {
      socket.write('GET /livez HTTP/1.1\r\nhost: x\r\n');
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
    }
    const ended = service.shutDown(10_000);
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    for (const socket of [idle, fresh]) socket.write('\r\n');
    await Promise.all([idle, fresh].map((socket) => once(socket, 'close')));
    expect(text.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    expect(await ended).toBe(0);
  });

  it('with a request that has arrived in part behind an answer under way wait for the rest of it', async () => {
    const socket = await opened('/begun');
    const part = 'GET /livez HTTP/1.1\r\nhost: x\r\n';
    const { socket: connection } = held[0]!;
    const wholeBytes = connection!.bytesRead + part.length;
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString())).write(part);
    while (connection!.bytesRead < wholeBytes) await new Promise(setImmediate);
    const ended = service.shutDown(10_000);
    held[0]!.end('b');
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    socket.write('\r\n');
    await once(socket, 'close');
    expect(text).toMatch(/^bHTTP\/1\.1 200 OK/);
    expect(await ended).toBe(0);
  });

  it('with a request of which the rest never comes are cut when the time in flight is over, and counted', async () => {
    const idle = await opened('/livez');
    idle.write('GET /livez HTTP/1.1\r\n');
    const ended = service.shutDown(1_000);
    await once(idle, 'close');
    expect(await ended).toBe(1);
  });

  it('that still wait for their answer are cut when the time in flight is over', async () => {
    const stuck = await opened('/begun');
    const ended = service.shutDown(50);
    await once(stuck, 'close');
    expect(await ended).toBe(1);
  });
});

it('a connection that cannot be taken does not end the process', async () => {
  const { port, shutDown } = await boot();
  const client = connect(port, '127.0.0.1');
  client.write('GET /begun HTTP/1.1\r\nhost: x\r\n\r\n');
  await once(client, 'data');
  const { server } = held[0]!.req.socket as Socket & { server: Server };
  // As Node tells it. Without a listener it throws.
  for (let n = 0; n < 2; n += 1) server.emit('error', Object.assign(new Error('accept EMFILE'), { code: 'EMFILE' }));
  held.pop()?.end('b');
  client.destroy();
  expect(await shutDown(10_000)).toBe(0);
});

const isLinux = process.platform === 'linux';
if (!isLinux) console.warn('HOW MANY CONNECTIONS WAIT IN THE KERNEL IS NOT TESTED: THIS IS NO LINUX');
(isLinux ? describe : describe.skip)('a stalled process', () => {
  it('has as many connections wait for it as it may have open', async () => {
    const { port, shutDown } = await boot();
    const count = Math.min(config.CLIENT_CONNECTIONS_MAX, waitingConnectionsMax());
    const connected = await connectedDuringStall(port, count, 2_000);
    expect(await shutDown(10_000)).toBe(0);
    expect(connected).toBe(count);
  });
});

const ask = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`;

describe('connections beyond the bound', () => {
  const clients: Socket[] = [];
  afterEach(() => {
    held.length = 0;
    for (const each of clients.splice(0)) each.destroy();
  });

  it('are not held: idle ones are closed, and never one that waits for its answer', async () => {
    const { port, lifecycle, shutDown } = await boot({ CLIENT_CONNECTIONS_MAX: 4 });
    const client = (text = ''): Socket => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      clients.push(socket);
      if (text !== '') socket.write(text);
      return socket;
    };
    const waiting = client(ask('/begun'));
    const idle = client(ask('/livez'));
    await Promise.all([once(waiting, 'data'), once(idle, 'data')]);
    for (let round = 0; round < 3; round += 1) {
      const silent = Array.from({ length: 50 }, (_, n) => client(n % 2 === 0 ? '' : 'GET /livez HTTP/1.1\r\nho'));
      const late = client(ask('/livez'));
      await once(late, 'data');
      for (const each of silent.slice(0, -4)) if (!each.closed) await once(each.resume(), 'close');
    }
    expect([waiting.destroyed, idle.destroyed]).toEqual([false, true]);
    expect(lifecycle.inFlight).toBe(1);
    held.pop()?.end('b');
    for (const each of clients.splice(0)) each.destroy();
    expect(await shutDown(10_000)).toBe(0);
  });

  it('are not those that have just come, where all others wait for their answers', async () => {
    const { port, lifecycle, shutDown } = await boot({ CLIENT_CONNECTIONS_MAX: 4 });
    const open = (text = ''): Socket => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      clients.push(socket);
      if (text !== '') socket.write(text);
      return socket;
    };
    for (let count = 1; count <= 8; count += 1) {
      open(ask('/begun'));
      await until(() => lifecycle.inFlight === count, 20_000);
    }
    const late = open();
    await once(late, 'connect');
    // While this one is answered the other one has been seen.
    await once(open(ask('/livez')), 'data');
    late.write(ask('/livez'));
    await once(late, 'data');
    // A second later it is one of the silent ones.
    if (!late.closed) await once(late.resume(), 'close');
    expect(lifecycle.inFlight).toBe(8);
    for (const response of held.splice(0)) response.end('b');
    for (const each of clients.splice(0)) each.destroy();
    expect(await shutDown(10_000)).toBe(0);
  });

  it('are not held either by those whose bodies come in part', async () => {
    const { port, lifecycle, shutDown } = await boot({
      CLIENT_CONNECTIONS_MAX: 4,
      REQUEST_BODY_GRACE_PERIOD_MS: 3_600_000,
    });
    for (let count = 0; count < 12; count += 1) {
      const client = connect(port, '127.0.0.1').on('error', () => undefined);
      clients.push(client.resume());
      const before = lifecycle.answered;
      client.write(ask('/none') + bodyInPart);
      await until(() => lifecycle.answered > before, 20_000);
    }
    await until(() => clients.filter(({ closed }) => closed).length >= 8, 20_000);
    expect(lifecycle.inFlight).toBeLessThan(5);
    for (const each of clients.splice(0)) each.destroy();
    expect(await shutDown(10_000)).toBe(0);
  });
});

const bodyInPart = 'POST /taken HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{';

it('a body that comes too slowly is refused with 408, and its connection ends', async () => {
  const { port, lifecycle, shutDown } = await boot({ REQUEST_BODY_GRACE_PERIOD_MS: 300 });
  const client = connect(port, '127.0.0.1').setEncoding('utf8');
  let text = '';
  client.on('data', (chunk: string) => (text += chunk)).on('error', () => undefined);
  client.write(bodyInPart);
  await once(client, 'close');
  expect(text).toMatch(/^HTTP\/1\.1 408 [^]*"code":"request_timeout"/);
  expect(lifecycle.inFlight).toBe(0);
  expect(await shutDown(10_000)).toBe(0);
});
