import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { REQUEST_BUFFER_BYTES } from '../src/proxy/request-buffer.ts';
import { until } from './fleet/ask.ts';
import { opened } from './fleet/opened.ts';
import { bodyHead, get, openRawClient, type RawClient } from './fleet/raw-client.ts';

const { replica: startReplica, gateway: startGateway } = opened();
const clients: RawClient[] = [];
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy();
});

/** A gateway before a replica whose answers are given by hand, and a client that has sent this. */
async function sent(text: string, settings: Parameters<typeof startGateway>[1] = {}) {
  const held: ServerResponse[] = [];
  const replica = await startReplica('api-1', (request, response) => {
    request.resume();
    held.push(response);
  });
  const gateway = await startGateway([replica], settings);
  const client = openRawClient(gateway.port, text);
  clients.push(client);
  return { gateway, client, held };
}
const post = 'POST /api/counters/half HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\nok';
const statuses = (text: string): string[] => [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => status!);

describe('a client that ends its own side', () => {
  it.each([get('/api/held'), post])('behind its request is answered: %j', async (request) => {
    const { gateway, client, held } = await sent(request);
    client.socket.end();
    await until(() => held.length === 1);
    held[0]!.end('the answer');
    await until(client.ended);
    expect(client.text()).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*the answer/);
    await until(() => gateway.lifecycle.inFlight === 0 && gateway.releases.length === 1);
  });

  it('within a body is told so, and the replica is let go', async () => {
    const { gateway, client, held } = await sent(
      bodyHead(REQUEST_BUFFER_BYTES + 9) + 'x'.repeat(REQUEST_BUFFER_BYTES + 1),
    );
    await until(() => held.length === 1);
    const closed = once(held[0]!, 'close');
    client.socket.end();
    await closed;
    await until(client.ended);
    expect(statuses(client.text())).toEqual(['400']);
    await until(() => gateway.lifecycle.inFlight === 0 && gateway.releases.length === 1);
  });

  it('within a body that is buffered is told so, and no replica is asked', async () => {
    const { gateway, client } = await sent(post.replace('content-length: 2', 'content-length: 9'));
    await until(() => gateway.lifecycle.inFlight === 1);
    client.socket.end();
    await until(client.ended);
    expect(statuses(client.text())).toEqual(['400']);
    await until(() => gateway.lifecycle.inFlight === 0);
    expect(gateway.picks).toEqual([]);
  });

  it('ends a stream of events that has begun, at the replica too', async () => {
    const { gateway, client, held } = await sent(get('/api/events'));
    await until(() => held.length === 1);
    held[0]!.writeHead(200, { 'content-type': 'text/event-stream' }).write('id: 1\n\n');
    await until(() => client.text().includes('id: 1'));
    const closed = once(held[0]!, 'close');
    client.socket.end();
    await closed;
    await until(() => gateway.lifecycle.inFlight === 0);
    expect(gateway.releases).toEqual(['ok']);
  });

  it('behind its requests is sent a stream of events whose turn had not come', async () => {
    const { gateway, client, held } = await sent(get('/api/first') + get('/api/events'));
    await until(() => held.length === 2);
    const [first, events] = ['/first', '/events'].map((path) => held.find(({ req }) => req.url === path)!);
    events!.writeHead(200, { 'content-type': 'text/event-stream' }).write('id: 1\n\n');
    await until(() => gateway.slots.streams.used(gateway.members()[0]!.instance.id) === 1);
    client.socket.end();
    await once(gateway.connections[0]!, 'end');
    first!.end('the answer');
    await until(() => client.text().includes('id: 1'));
    events!.end('id: 2\n\n');
    await until(client.ended);
    expect(statuses(client.text())).toEqual(['200', '200']);
    expect(client.text()).toContain('id: 2');
    await until(() => gateway.lifecycle.inFlight === 0);
  });

  it.each(['before a stream of events', 'before the turn of one'])(
    '%s is let go where the stream is silent beyond the bound of an answer',
    async (when) => {
      const requests = when === 'before a stream of events' ? '' : get('/api/first');
      const { gateway, client, held } = await sent(requests + get('/api/events'), { UPSTREAM_SILENCE_MS: '1000' });
      client.socket.end();
      await until(() => gateway.connections[0]?.readableEnded === true);
      const asked = requests === '' ? 1 : 2;
      await until(() => held.length === asked);
      const events = held.find(({ req }) => req.url === '/events')!;
      const closed = once(events, 'close');
      events.writeHead(200, { 'content-type': 'text/event-stream' }).write('id: 1\n\n');
      held.find(({ req }) => req.url === '/first')?.end('the answer');
      await closed;
      await until(client.ended);
      expect(client.text()).toContain('id: 1');
      await until(() => gateway.lifecycle.inFlight === 0);
    },
  );

  it('and has gone is noticed by writing to it', async () => {
    const { gateway, client, held } = await sent(get('/api/long'));
    await until(() => held.length === 1);
    held[0]!.write('the beginning');
    await until(() => client.text().includes('the beginning'));
    const closed = once(held[0]!, 'close');
    client.socket.destroy();
    const writing = setInterval(() => held[0]!.write('more'), 5);
    await closed;
    clearInterval(writing);
    await until(() => gateway.lifecycle.inFlight === 0);
    expect(gateway.releases).toEqual(['ok']);
  });
});

describe('what cannot be read behind a request', () => {
  it('comes after its answer, and never into it', async () => {
    const { client, held } = await sent(`${get('/api/a')}${get('/api/b')}GARBAGE\r\n\r\n`);
    await until(() => held.length === 2);
    held[0]!.write('be');
    await until(() => client.text().includes('be'));
    held[0]!.end('gun');
    held[1]!.end('second');
    await until(client.ended);
    expect(statuses(client.text())).toEqual(['200', '200', '400']);
    expect(client.text()).toMatch(/be\r\n3\r\ngun\r\n0\r\n\r\nHTTP[\s\S]*second[\s\S]*malformed_http/);
  });

  it('leaves a refusal of our own behind it whole, however late the answers before it are', async () => {
    const body =
      'POST /api/counters/x HTTP/1.1\r\nhost: x\r\nx-deadline-ms: 0\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok';
    const { client, held } = await sent(get('/api/a') + body);
    await until(() => held.length === 1);
    held[0]!.end('first');
    await until(client.ended);
    expect(statuses(client.text())).toEqual(['200', '504']);
  });
});

/** Two requests and this behind them; the second one's answer is cut, and then the first one's is given. */
async function cutBehind(tail: string) {
  const { gateway, client, held } = await sent(get('/api/first') + get('/api/cut') + tail);
  await until(() => held.length === 2);
  const [first, second] = ['/first', '/cut'].map((path) => held.find(({ req }) => req.url === path)!);
  second!.writeHead(200, { 'content-length': 100 }).write('half');
  await until(() => second!.writableLength === 0);
  second!.socket!.destroy();
  await until(() => gateway.releases.includes('broken'));
  first!.end('the answer');
  await until(client.ended);
  return { gateway, client };
}

describe('an answer that its replica cuts before its turn', () => {
  it.each(['', 'GARBAGE\r\n\r\n'])('ends the connection behind the answer before it, %j behind it', async (tail) => {
    const { gateway, client } = await cutBehind(tail);
    expect(statuses(client.text())).toEqual(['200']);
    expect(client.text()).toContain('the answer');
    await until(() => gateway.lifecycle.inFlight === 0);
  });
});
