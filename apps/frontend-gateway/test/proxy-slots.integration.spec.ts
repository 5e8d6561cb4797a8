import type { ServerResponse } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { REQUEST_BUFFER_BYTES } from '../src/proxy/request-buffer.ts';
import { ask, until } from './fleet/ask.ts';
import { opened } from './fleet/opened.ts';
import { bodyHead, get, openRawClient, type RawClient, UPGRADE } from './fleet/raw-client.ts';
import { echo } from './fleet/replica.ts';

const { replica: startReplica, rawReplica: startRawReplica, gateway: startGateway } = opened();

const few = { UPSTREAM_CONNECTIONS_MAX: '2', UPSTREAM_STREAMS_MAX: '2' };
const LARGE = 4 * 1_024 * 1_024;
const SWITCHED = 'HTTP/1.1 101 X\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n';

const codeOf = ({ text }: RawClient): string | undefined => /"code":"(\w+)"/.exec(text())?.[1];

/** Clients whose bodies stay in part; `first` bytes of each come. */
const slowBodies = (port: number, count: number, first: number): RawClient[] =>
  Array.from({ length: count }, () => openRawClient(port, bodyHead(100_000) + 'x'.repeat(first)));

describe('a body that comes slowly', () => {
  it('holds no connection to a replica, however many there are', async () => {
    const replica = await startReplica('api-1', echo);
    const gateway = await startGateway([replica], few);
    const clients = slowBodies(gateway.port, 40, 1);
    await until(() => gateway.lifecycle.inFlight === 40);
    const replies = await Promise.all([1, 2, 3, 4].map(() => ask(gateway.port, '/api/whoami')));
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(replica.seen.map(({ method }) => method)).toEqual(['GET', 'GET', 'GET', 'GET']);
    for (const { socket } of clients) socket.destroy();
    await until(() => gateway.lifecycle.inFlight === 0);
  });

  it('is refused when its grace period is over, and no replica has seen it', async () => {
    const replica = await startReplica('api-1', echo);
    const gateway = await startGateway([replica], { REQUEST_BODY_GRACE_PERIOD_MS: '1000' });
    const [client] = slowBodies(gateway.port, 1, 100);
    await until(() => codeOf(client!) === 'request_timeout');
    expect(client!.text()).toContain('HTTP/1.1 408');
    expect([replica.seen, gateway.picks]).toEqual([[], []]);
    client!.socket.destroy();
  });

  it('is refused as well where it is larger than the buffer and stops within the rest', async () => {
    const replica = await startReplica('api-1', (req) => void req.resume());
    const gateway = await startGateway([replica], { REQUEST_BODY_GRACE_PERIOD_MS: '1000' });
    const [client] = slowBodies(gateway.port, 1, REQUEST_BUFFER_BYTES + 10);
    await until(() => codeOf(client!) === 'request_timeout');
    await until(() => replica.connections.every(({ destroyed }) => destroyed));
    expect(gateway.releases).toEqual(['unknown']);
    client!.socket.destroy();
  });

  it('beyond what is buffered holds a slot for a stream, and none of a short request', async () => {
    const replica = await startReplica('api-1', echo);
    const gateway = await startGateway([replica], few);
    const clients = slowBodies(gateway.port, 2, REQUEST_BUFFER_BYTES + 10);
    await until(() => gateway.picks.length === 2);
    const [{ instance }] = gateway.members() as [ReturnType<typeof gateway.members>[number]];
    const { streams, requests } = gateway.slots;
    expect([streams.used(instance.id), requests.used(instance.id)]).toEqual([2, 0]);
    expect((await ask(gateway.port, '/api/whoami')).status).toBe(200);
    for (const { socket } of clients) socket.destroy();
    await until(() => gateway.lifecycle.inFlight === 0);
  });

  it('counts with all others of its address: 1 MiB of them is buffered at once', async () => {
    const replica = await startReplica('api-1', echo);
    const gateway = await startGateway([replica], { TRUSTED_PROXIES: '127.0.0.1' });
    const bytes = 60_000;
    const clients = slowBodies(gateway.port, 20, bytes);
    const refused = (): RawClient[] => clients.filter((each) => codeOf(each) === 'too_many_bodies');
    await until(() => refused().length === 20 - Math.floor((1_024 * 1_024) / bytes));
    expect(refused()[0]?.text()).toMatch(/HTTP\/1\.1 503 .*retry-after: \d/is);
    const body = 'x'.repeat(bytes);
    const post = (headers: Record<string, string>) => ask(gateway.port, '/api/jobs', { method: 'POST', headers, body });
    expect((await post({})).status).toBe(503);
    expect((await post({ 'x-forwarded-for': '192.0.2.9' })).status).toBe(200);
    for (const { socket } of clients) socket.destroy();
    await until(() => gateway.lifecycle.inFlight === 0);
    expect((await post({})).status).toBe(200);
  });

  it('counts with all others of its network (/64) where it comes by IPv6', async () => {
    const gateway = await startGateway([await startReplica('api-1', echo)], { TRUSTED_PROXIES: '127.0.0.1' });
    const clients = Array.from({ length: 20 }, (_, at) => {
      const head = `POST /api/jobs HTTP/1.1\r\nhost: x\r\nx-forwarded-for: 2001:db8::${at}\r\ncontent-length: 100000\r\n\r\n`;
      return openRawClient(gateway.port, head + 'x'.repeat(60_000));
    });
    const refused = () => clients.filter((each) => codeOf(each) === 'too_many_bodies').length;
    await until(() => refused() === 20 - Math.floor((1_024 * 1_024) / 60_000));
    const other = { 'x-forwarded-for': '2001:db8:0:1::1' };
    expect((await ask(gateway.port, '/api/jobs', { method: 'POST', headers: other, body: 'x' })).status).toBe(200);
    for (const { socket } of clients) socket.destroy();
    await until(() => gateway.lifecycle.inFlight === 0);
  });

  it('beyond what is buffered counts no more once a replica takes it', async () => {
    const replica = await startReplica('api-1', (req) => void req.resume());
    const gateway = await startGateway([replica]);
    const clients = slowBodies(gateway.port, 20, REQUEST_BUFFER_BYTES + 10);
    await until(() => replica.seen.length === 20);
    expect(clients.map(codeOf)).toEqual(Array(20).fill(undefined));
    for (const { socket } of clients) socket.destroy();
    await until(() => gateway.lifecycle.inFlight === 0);
  });
});

describe('a whole body', () => {
  it('counts for its address until its answer begins, because it may be sent again', async () => {
    const held: ServerResponse[] = [];
    const replica = await startReplica('api-1', (req, res) => void req.resume().on('end', () => held.push(res)));
    const gateway = await startGateway([replica]);
    const bytes = REQUEST_BUFFER_BYTES;
    const post = () => openRawClient(gateway.port, bodyHead(bytes) + 'x'.repeat(bytes));
    const clients = Array.from({ length: 20 }, post);
    await until(() => held.length + clients.filter(codeOf).length === 20);
    expect([held.length, clients.filter((each) => codeOf(each) === 'too_many_bodies').length]).toEqual([16, 4]);
    // The begin of an answer is enough: from then on nothing is sent again.
    for (const answer of held.slice(0, 3)) answer.write('begun');
    await until(() => clients.filter(({ text }) => text().includes('begun')).length === 3);
    const more = Array.from({ length: 4 }, post);
    await until(() => held.length + more.filter(codeOf).length === 20);
    expect(more.filter((each) => codeOf(each) === 'too_many_bodies')).toHaveLength(1);
    // The end of their side alone might be that of clients which wait for their answers.
    for (const { socket } of [...clients, ...more]) socket.resetAndDestroy();
    await until(() => gateway.lifecycle.inFlight === 0);
    const last = post();
    await until(() => held.length === 20);
    expect(codeOf(last)).toBeUndefined();
    last.socket.resetAndDestroy();
  });
});

describe('a body that gets no slot for a stream', () => {
  it('leaves its connection to the next request', async () => {
    const gateway = await startGateway([await startReplica('api-1', (req) => void req.resume())], {
      ...few,
      UPSTREAM_STREAMS_MAX: '1',
    });
    const [slow] = slowBodies(gateway.port, 1, REQUEST_BUFFER_BYTES + 10);
    await until(() => gateway.picks.length === 1);
    for (const more of [1, 100_000, 2_000_000]) {
      const bytes = REQUEST_BUFFER_BYTES + more;
      const client = openRawClient(gateway.port, bodyHead(bytes) + 'x'.repeat(bytes) + get('/nothing'));
      await until(() => client.text().includes('HTTP/1.1 404'));
      expect(codeOf(client)).toBe('streams_exhausted');
      client.socket.destroy();
    }
    slow!.socket.destroy();
  });
});

/** Answers every upgrade with 101, all else with a stream of events. */
const streaming = () =>
  startRawReplica((socket, head) => {
    if (head.includes('upgrade: ')) socket.write(SWITCHED);
    else socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n');
  });

describe('an answer that is long', () => {
  const open: ServerResponse[] = [];
  /** Whatever was asked for: the answer says what it is. */
  const stream = (name: string) =>
    startReplica(name, (req, res) => {
      if (!/^(\/values)?\/events/.test(req.url ?? '')) return echo(req, res);
      open.push(res.writeHead(200, { 'content-type': 'text/event-stream' }));
      res.write('data: 1\n\n');
    });

  it('has slots of its own, and is refused at once where they are taken', async () => {
    const gateway = await startGateway([await stream('api-1')], few);
    const streams = [1, 2].map(() => openRawClient(gateway.port, get('/api/events')));
    await until(() => streams.every(({ text }) => text().includes('data: 1')));
    expect(gateway.slots.streams.exhausted.size).toBe(1);
    const refused = await ask(gateway.port, '/api/events');
    expect([refused.status, JSON.parse(refused.body)]).toEqual([
      503,
      expect.objectContaining({ code: 'streams_exhausted' }),
    ]);
    expect(refused.headers['retry-after']).toBe('5');
    expect((await ask(gateway.port, '/api/whoami')).status).toBe(200);
    streams[0]!.socket.destroy();
    await until(() => gateway.slots.streams.exhausted.size === 0);
    const again = openRawClient(gateway.port, get('/api/events'));
    await until(() => again.text().includes('data: 1'));
    for (const { socket } of [...streams, again]) socket.destroy();
    await until(() => gateway.lifecycle.inFlight === 0);
  });

  it('has half of the connections of clients, with all streams and upgraded connections, whatever each replica has', async () => {
    const gateway = await startGateway([await streaming(), await streaming()], {
      CLIENT_CONNECTIONS_MAX: '5',
      UPSTREAM_BALANCER: 'round-robin',
    });
    const clients: RawClient[] = [];
    const begin = async (request: string): Promise<RawClient> => {
      const client = openRawClient(gateway.port, request);
      clients.push(client);
      await until(() => /data: 1|HTTP.1.1 101|"code"/.test(client.text()));
      return client;
    };
    const streams = [await begin(get('/api/events')), await begin(get('/api/events'))];
    expect((await begin(get('/api/chat', UPGRADE))).text()).toContain('HTTP/1.1 101 ');
    const before = gateway.picks.length;
    expect(codeOf(await begin(get('/api/events')))).toBe('streams_exhausted');
    expect(gateway.picks.length - before).toBe(1);
    expect(codeOf(await begin(get('/api/chat', UPGRADE)))).toBe('streams_exhausted');
    expect(gateway.picks.length - before).toBe(1);
    streams[0]!.socket.destroy();
    await until(() => !gateway.slots.streams.isTotalExhausted);
    expect(codeOf(await begin(get('/api/events')))).toBeUndefined();
    for (const { socket } of clients) socket.destroy();
  });

  it('goes to a replica that has a slot left', async () => {
    const replicas = [await stream('api-1'), await stream('api-2')];
    const gateway = await startGateway(replicas, few);
    const streams: RawClient[] = [];
    for (let count = 0; count < 4; count += 1) {
      const client = openRawClient(gateway.port, get('/api/events'));
      streams.push(client);
      await until(() => client.text().includes('data: 1') || codeOf(client) !== undefined);
    }
    expect(streams.map(codeOf)).toEqual([undefined, undefined, undefined, undefined]);
    for (const { socket } of streams) socket.destroy();
  });

  it('goes there past any number of full ones, whatever the retry budget has left', async () => {
    const old = await Promise.all(['api-1', 'api-2', 'api-3', 'api-4'].map(stream));
    const fresh = await stream('api-5');
    const gateway = await startGateway([...old, fresh], { ...few, UPSTREAM_STREAMS_MAX: '1' });
    const streams: RawClient[] = [];
    for (let count = 0; count < 5; count += 1) {
      while (gateway.retryBudget.take());
      const client = openRawClient(gateway.port, get('/api/values/events'));
      streams.push(client);
      await until(() => client.text().includes('data: 1') || codeOf(client) !== undefined);
    }
    expect(streams.map(codeOf)).toEqual(Array(5).fill(undefined));
    for (const { socket } of streams) socket.destroy();
  });

  it('is a large upload as well, which goes to a replica that has a slot left', async () => {
    const replicas = [await stream('api-1'), await stream('api-2')];
    const gateway = await startGateway(replicas, { ...few, UPSTREAM_STREAMS_MAX: '1' });
    const client = openRawClient(gateway.port, get('/api/events'));
    await until(() => client.text().includes('data: 1'));
    const body = Buffer.alloc(LARGE);
    for (let count = 0; count < 4; count += 1)
      expect((await ask(gateway.port, '/api/values/a', { method: 'PUT', body })).status).toBe(200);
    client.socket.destroy();
  });

  it('is one by its length too', async () => {
    const replica = await startReplica('api-1', (req, res) => {
      res.writeHead(200, { 'content-length': LARGE });
      if (req.method === 'HEAD') res.end();
      else res.write('x');
    });
    const gateway = await startGateway([replica], few);
    const clients = [1, 2].map(() => openRawClient(gateway.port, get('/api/values')));
    await until(() => clients.every(({ text }) => text().endsWith('x')));
    expect((await ask(gateway.port, '/api/values')).status).toBe(503);
    // A head has no body that would take long.
    expect((await ask(gateway.port, '/api/values', { method: 'HEAD' })).status).toBe(200);
    for (const { socket } of clients) socket.destroy();
  });

  it('is passed on where no slot is left, if what it answers may not be done again', async () => {
    const replica = await startReplica('api-1', (req, res) => {
      if (req.method === 'POST') res.end(Buffer.alloc(LARGE));
      else res.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    });
    const gateway = await startGateway([replica], { ...few, UPSTREAM_STREAMS_MAX: '1' });
    const client = openRawClient(gateway.port, get('/api/events'));
    await until(() => client.text().includes('data: 1'));
    const { status, body } = await ask(gateway.port, '/api/counters/a', { method: 'POST', body: '{}' });
    expect([status, body.length]).toEqual([200, LARGE]);
    expect(replica.seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
    client.socket.destroy();
  });

  it('that has no slot and may have been done is no 503, which says that it can come again', async () => {
    const replica = await startReplica('api-1', (req, res) => {
      req.resume();
      res.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    });
    const gateway = await startGateway([replica], { ...few, UPSTREAM_STREAMS_MAX: '1' });
    const client = openRawClient(gateway.port, get('/api/events'));
    await until(() => client.text().includes('data: 1'));
    const { status, body } = await ask(gateway.port, '/api/counters/a', { method: 'POST', body: '{}' });
    expect([status, JSON.parse(body)]).toEqual([502, expect.objectContaining({ code: 'upstream_failed' })]);
    expect(replica.seen.filter(({ method }) => method === 'POST')).toHaveLength(1);
    client.socket.destroy();
  });

  it('becomes one when it takes long', async () => {
    const replica = await startReplica('api-1', (_req, res) => void res.writeHead(200).write('x'));
    const gateway = await startGateway([replica], few);
    const client = openRawClient(gateway.port, get('/api/slow'));
    await until(() => client.text().includes('x'));
    const id = gateway.members()[0]!.instance.id;
    expect([gateway.slots.requests.used(id), gateway.slots.streams.used(id)]).toEqual([1, 0]);
    await until(() => gateway.slots.streams.used(id) === 1);
    expect(gateway.slots.requests.used(id)).toBe(0);
    client.socket.resetAndDestroy();
    await until(() => gateway.slots.usedOf(id) === undefined);
  });

  it('is cut where its client takes nothing of it', async () => {
    const replica = await startReplica('api-1', (_req, res) => {
      res.writeHead(200, { 'content-length': 64 * LARGE });
      const chunk = Buffer.alloc(LARGE);
      const write = (): void => {
        while (!res.destroyed && res.write(chunk));
      };
      res.on('drain', write);
      write();
    });
    const gateway = await startGateway([replica], { CLIENT_SEND_TIMEOUT_MS: '1000' });
    const client = openRawClient(gateway.port, get('/api/large'));
    client.socket.pause();
    await until(() => gateway.connections.length === 1 && gateway.connections[0]!.destroyed);
    await until(() => replica.connections.every(({ destroyed }) => destroyed));
    await until(() => gateway.lifecycle.inFlight === 0);
    expect(gateway.releases).toEqual(['ok']);
    client.socket.destroy();
  });
});

it('keeps the bound of a client that has ended its own side while it took nothing', async () => {
  const replica = await startReplica('api-1', (_req, res) => void res.writeHead(200).write(Buffer.alloc(4 * LARGE)));
  const gateway = await startGateway([replica]);
  const client = openRawClient(gateway.port, get('/api/slow'));
  client.socket.pause();
  await until(() => (gateway.connections[0]?.writableLength ?? 0) > 0);
  client.socket.end();
  await until(() => gateway.connections[0]?.timeout === 60_000);
  client.socket.resume();
  await until(() => client.text().length > 4 * LARGE);
  await until(() => gateway.connections[0]?.writableLength === 0);
  expect(gateway.connections[0]?.timeout).toBe(60_000);
  client.socket.destroy();
});

describe('a replica whose connections are all in use', () => {
  it('is passed by while another one has a free one', async () => {
    const held: ServerResponse[] = [];
    const busy = await startReplica('api-1', (_req, res) => void held.push(res));
    const free = await startReplica('api-2', echo);
    const gateway = await startGateway([busy, free], { ...few, UPSTREAM_BALANCER: 'round-robin' });
    const waiting: Promise<unknown>[] = [];
    while (held.length < 2) {
      const count = held.length + free.seen.length;
      waiting.push(ask(gateway.port, '/api/whoami'));
      await until(() => held.length + free.seen.length > count);
    }
    const before = busy.seen.length;
    for (let count = 0; count < 6; count += 1) expect((await ask(gateway.port, '/api/whoami')).status).toBe(200);
    expect(busy.seen).toHaveLength(before);
    for (const each of held) each.end('late');
    await Promise.all(waiting);
  });
});
