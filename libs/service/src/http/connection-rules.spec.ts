import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { pino } from 'pino';
import { baseConfig } from '../config/base-config.ts';
import { loadConfig } from '../config/environment.ts';
import { identify } from '../identity.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { createMetrics } from '../metrics.ts';
import { createAdapter, installHooks } from './adapter.ts';

const config = loadConfig(baseConfig({ httpPort: 0 }), {});
const identity = identify('rules', '1', config, { hostname: 'box', pid: 1, nowMs: 1 });

const log = pino({ level: 'silent' });
let fastify: FastifyInstance;
let lifecycle: Lifecycle;
let port: number;
/** Requests that were let in, and how each of them is answered. */
let asked: { readonly path: string; readonly reply: FastifyReply }[];
const clients: Socket[] = [];

beforeEach(async () => {
  asked = [];
  lifecycle = new Lifecycle();
  fastify = createAdapter(config, log).getInstance<FastifyInstance>();
  const metrics = createMetrics(identity, lifecycle);
  installHooks(fastify, { config, identity, lifecycle, log, metrics });
  fastify.all('/*', (request, reply) => void asked.push({ path: request.url, reply }));
  Object.assign(fastify.server, { connectionsCheckingInterval: 5 });
  await fastify.listen({ port: 0, host: '127.0.0.1' });
  port = (fastify.server.address() as AddressInfo).port;
});
afterEach(async () => {
  for (const each of clients.splice(0)) each.destroy();
  for (const { reply } of asked) reply.raw.destroy();
  await fastify?.close();
});

/** A client that has sent this, and what it has read. */
function client(text: string) {
  const read = { text: '' };
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).setEncoding('latin1');
  clients.push(socket);
  socket.on('data', (more: string) => (read.text += more)).on('error', () => undefined);
  socket.write(text, 'latin1');
  const has = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(read.text))
      await Promise.race([once(socket, 'data'), over.then(() => Promise.reject(new Error(read.text)))]);
  };
  const over = once(socket, 'end').then(() => undefined);
  return {
    socket,
    has,
    /** All that came until the server said that this is all. */
    whole: async () => {
      await over;
      socket.end();
      return read.text;
    },
    read: () => read.text,
  };
}
const head = (method: string, path: string, ...lines: string[]): string =>
  [`${method} ${path} HTTP/1.1`, 'Host: x', ...lines, '', ''].join('\r\n');
const get = (path: string): string => head('GET', path);
const garbage = 'GARBAGE\r\n\r\n';

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));
const isAsked = async (count: number): Promise<void> => {
  while (asked.length < count) await turn();
};
/** The server has read what another client sent after it, so it has read all that came before. */
const isRead = async (): Promise<void> => {
  await client(garbage).whole();
  await client(garbage).whole();
};
/** From now on any head that has begun comes too slowly. */
const headsAreSlow = (): void => void Object.assign(fastify.server, { headersTimeout: 1 });
const statusesOf = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
const answer = (index: number, body: string): void => void asked[index]!.reply.code(200).send(body);

describe('what cannot be read behind a request', () => {
  it.each([
    ['is no HTTP', garbage, 400],
    ['has a head that is too large', head('GET', '/b', `a: ${'x'.repeat(70_000)}`), 431],
    ['has a head that comes too slowly', 'GET /b HT', 408],
    [
      'has a chunk without a size',
      `${head('POST', '/b', 'Content-Type: application/json', 'Transfer-Encoding: chunked')}zz\r\n`,
      400,
    ],
    ['wants a tunnel', head('CONNECT', 'other:443'), 501],
    ['speaks HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  ])('%s: the answers before it come first, and whole', async (_name, unread, status) => {
    const { whole } = client(get('/a') + get('/a') + unread);
    await isAsked(2);
    headsAreSlow();
    await isRead();
    answer(1, 'second');
    answer(0, 'first');
    const text = await whole();
    expect(statusesOf(text)).toEqual([200, 200, status]);
    expect(text).toMatch(/first[\s\S]*second[\s\S]*"status":/);
  });

  it('is answered where it is the first thing', async () => {
    headsAreSlow();
    expect(statusesOf(await client('GET /b HT').whole())).toEqual([408]);
  });

  it('leaves a request that asked for the end its own answer', async () => {
    const { whole } = client(`${head('POST', '/a', 'Connection: close', 'Content-Length: 0')}X`);
    await isAsked(1);
    await isRead();
    answer(0, 'done');
    const text = await whole();
    expect(statusesOf(text)).toEqual([200]);
    expect(text).toMatch(/done$/);
  });

  it('is not waited for without an end, and much of it resets nothing', async () => {
    const { whole, socket } = client(get('/a') + garbage);
    await isAsked(1);
    for (let n = 0; n < 64; n += 1) socket.write('x'.repeat(65_536));
    answer(0, 'done');
    expect(statusesOf(await whole())).toEqual([200, 400]);
  });

  it.each([
    ['chunked', 'HTTP/1.1', {}],
    ['with a length', 'HTTP/1.1', { 'content-length': 4 }],
    ['until the connection ends', 'HTTP/1.0', {}],
    ['of events', 'HTTP/1.1', { 'content-type': 'text/event-stream' }],
  ])('writes nothing into a body that has begun: %s', async (_name, version, headers) => {
    for (const unread of [garbage, 'GET /b HT']) {
      const index = asked.length;
      fastify.server.headersTimeout = 60_000;
      const { whole, has, socket } = client(get('/a').replace('HTTP/1.1', version));
      await isAsked(index + 1);
      const { reply } = asked[index]!;
      reply.hijack();
      reply.raw.writeHead(200, headers).write('ab');
      await has(/ab/);
      socket.write(unread);
      headsAreSlow();
      await isRead();
      reply.raw.end('cd');
      const [first = ''] = (await whole()).split(/(?=HTTP\/1\.1 4)/);
      expect(first).toMatch(/ab(\r\n2\r\n)?cd(\r\n0\r\n\r\n)?$/);
    }
  });

  it('is the answer to the request in whose body it is, where none has begun', async () => {
    const { whole } = client(
      `${head('POST', '/b', 'Content-Type: application/json', 'Transfer-Encoding: chunked')}zz\r\n`,
    );
    expect(statusesOf(await whole())).toEqual([400]);
    expect(asked).toEqual([]);
  });

  it('is no second answer to a request whose body it is in', async () => {
    const body = head('POST', '/b', 'Content-Type: text/nothing-we-read', 'Transfer-Encoding: chunked');
    const { whole, has, socket } = client(body);
    await has(/ 415 [\s\S]*\}$/);
    socket.write('zz\r\n');
    expect(statusesOf(await whole())).toEqual([415]);
  });
});

describe('a refused body behind a request that is not answered yet', () => {
  const body = head('POST', '/b', 'Content-Type: text/none', 'Content-Length: 3', 'Connection: close');

  it('does not take the answer away when it has come', async () => {
    const { whole } = client(`${get('/a')}${body}abc`);
    await isAsked(1);
    await isRead();
    answer(0, 'done');
    expect(statusesOf(await whole())).toEqual([200, 415]);
  });

  it('does not take it away when it does not come', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'hrtime', 'Date'] });
    try {
      const { has, socket, read } = client(`${get('/a')}${body}`);
      await isAsked(1);
      await isRead();
      jest.advanceTimersByTime(5_000);
      answer(0, 'done');
      await has(/ 200 [\s\S]* 415 [\s\S]*\}$/);
      expect(statusesOf(read())).toEqual([200, 415]);
      const closed = once(socket, 'close');
      while (socket.readyState !== 'closed') {
        jest.advanceTimersByTime(5_000);
        await turn();
        if (socket.readableEnded) socket.end();
      }
      await closed;
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('a client that ends its own side', () => {
  it.each([1, 3])('behind %i requests gets their answers, and then the end', async (count) => {
    const { whole, socket } = client(get('/a').repeat(count));
    socket.end();
    await isAsked(count);
    await isRead();
    for (let n = count - 1; n >= 0; n -= 1) answer(n, `answer ${n}`);
    expect(statusesOf(await whole())).toEqual(Array(count).fill(200));
  });

  it('within a request is told so, behind the answers before it', async () => {
    const { whole, socket } = client(`${get('/a')}GET /b HT`);
    socket.end();
    await isAsked(1);
    await isRead();
    answer(0, 'done');
    expect(statusesOf(await whole())).toEqual([200, 400]);
  });

  it('of an idle connection ends it', async () => {
    const { whole, has, socket } = client(get('/a'));
    await isAsked(1);
    answer(0, 'done');
    await has(/done/);
    socket.end();
    expect(statusesOf(await whole())).toEqual([200]);
  });

  it('ends a stream of events that has begun', async () => {
    const { socket, has } = client(get('/a'));
    await isAsked(1);
    const { raw } = asked[0]!.reply;
    const events = new ReadableStream({
      pull: (controller) => void (controller.desiredSize === 1 && controller.enqueue('id: 1\n\n')),
    });
    void asked[0]!.reply.type('text/event-stream').send(events);
    await has(/id: 1/);
    const closed = once(raw, 'close');
    socket.end();
    await closed;
    expect(lifecycle.inFlight).toBe(0);
  });
});

/** A second answer that has begun behind a first one, and a client that has ended its side since. */
const begun = async (type: string, body: ReadableStream<string>) => {
  const { socket, whole } = client(`${get('/a')}${get('/b')}`);
  await isAsked(2);
  const { reply } = asked[1]!;
  void reply.type(type).send(body);
  while (!reply.raw.headersSent) await turn();
  socket.end();
  await isRead();
  answer(0, 'whole');
  return whole();
};

describe('an answer whose turn has not come', () => {
  it('leaves the answers before it whole where it is cut, and ends the connection', async () => {
    const body = new ReadableStream<string>({
      start: (controller) => controller.enqueue('part'),
      pull: (controller) => controller.error(new Error('in its middle')),
    });
    expect(await begun('text/plain', body)).toMatch(/^HTTP\/1\.1 200 [\s\S]*whole$/);
    expect(lifecycle.inFlight).toBe(0);
  });

  it('is sent where it is a stream of events, to a client that has ended its side', async () => {
    const body = new ReadableStream<string>({
      start: (controller) => controller.enqueue('id: 1\n\n'),
      pull: async (controller) => {
        // The client's end is read, and its turn is still to come.
        await isRead();
        controller.close();
      },
    });
    expect(await begun('text/event-stream', body)).toMatch(/whole[\s\S]*event-stream[\s\S]*id: 1\n\n/);
    expect(lifecycle.inFlight).toBe(0);
  });
});

describe('while clients are sent away', () => {
  beforeEach(() => lifecycle.ready());

  it('the last of the answers that are pending is the one that ends the connection', async () => {
    const { whole, socket } = client(get('/a') + get('/b'));
    await isAsked(2);
    lifecycle.beginShutdown();
    socket.write(get('/c'));
    await isAsked(3);
    for (const n of [0, 1, 2]) answer(n, `answer ${n}`);
    const text = await whole();
    expect(statusesOf(text)).toEqual([200, 200, 200]);
    expect(text.match(/connection: close/gi)).toHaveLength(1);
  });

  it('nothing is done behind an answer that has said it is the last one', async () => {
    lifecycle.beginShutdown();
    const { whole, has, socket } = client(get('/a'));
    await isAsked(1);
    const { reply } = asked[0]!;
    reply.hijack();
    reply.raw.writeHead(200).write('ab');
    await has(/connection: close[\s\S]*ab/i);
    socket.write(head('POST', '/b', 'Content-Length: 0'));
    await isRead();
    reply.raw.end('cd');
    expect(statusesOf(await whole())).toEqual([200]);
    expect(asked.map(({ path }) => path)).toEqual(['/a']);
  });

  it('nothing is done behind a refusal that waits for its turn and ends the connection', async () => {
    const { whole, socket } = client(get('/a') + head('OPTIONS', '/b', 'Expect: what'));
    await isAsked(1);
    await isRead();
    socket.write(head('POST', '/c', 'Content-Length: 0'));
    await isRead();
    answer(0, 'done');
    expect(statusesOf(await whole())).toEqual([200, 500]);
    expect(asked.map(({ path }) => path)).toEqual(['/a']);
  });

  it('nothing is done once the last answer has gone out', async () => {
    const { socket, has } = client(head('OPTIONS', '/b', 'Expect: what'));
    await has(/ 500 [\s\S]*\}$/);
    socket.write(head('POST', '/c', 'Content-Length: 0'));
    await isRead();
    expect(asked.map(({ path }) => path)).toEqual([]);
  });
});

describe('a client that asks before it sends its body', () => {
  const body = '{"a":1}';
  const asks = head(
    'POST',
    '/b',
    'Content-Type: application/json',
    `Content-Length: ${body.length}`,
    'Expect: 100-continue',
  );

  it('is told to in its turn', async () => {
    const { has, read, socket } = client(get('/a') + asks);
    await isAsked(1);
    await isRead();
    expect(read()).toBe('');
    answer(0, 'first');
    await has(/first[\s\S]*HTTP\/1\.1 100 Continue\r\n\r\n$/);
    socket.write(body);
    await isAsked(2);
    answer(1, 'done');
    await has(/done$/);
    expect(statusesOf(read())).toEqual([200, 100, 200]);
  });

  it('finds no such word inside of an answer that was there before its turn', async () => {
    const { has, read } = client(get('/a') + asks + body);
    await isAsked(2);
    void asked[1]!.reply.send(Buffer.from('done'));
    await turn();
    answer(0, 'first');
    await has(/done$/);
    expect(read()).toMatch(/content-length: 4\r\n(?:\S+: .*\r\n)+\r\ndone$/);
  });
});

describe('a client that is gone', () => {
  it('still has its address', async () => {
    const { socket } = client(get('/gone'));
    await isAsked(1);
    const { reply } = asked[0]!;
    const closed = once(reply.raw, 'close');
    socket.resetAndDestroy();
    await closed;
    expect(reply.request.raw.destroyed).toBe(true);
    expect(reply.request.ip).toBe('127.0.0.1');
  });

  it('before its connection is accepted has nothing begun', async () => {
    // While this process waits for the end of that one, it accepts nothing.
    const script = `const socket = require('node:net').connect(${port}, '127.0.0.1', () => {
      socket.write(${JSON.stringify(get('/reset'))}, () => socket.resetAndDestroy());
    });`;
    expect(spawnSync(process.execPath, ['-e', script]).status).toBe(0);
    client(get('/alive'));
    await isRead();
    expect(asked.map(({ path }) => path)).toEqual(['/alive']);
  });
});
