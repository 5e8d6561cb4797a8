import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { ask, until } from './fleet/ask.ts';
import type { TestGateway } from './fleet/gateway.ts';
import { opened } from './fleet/opened.ts';
import { get, openRawClient, UPGRADE } from './fleet/raw-client.ts';

const { replica: startReplica, rawReplica: startRawReplica, gateway: startGateway } = opened();

const throws = (): never => {
  throw new Error('a fault of our own');
};

/** Of a fault, in an answer that had begun. */
const NOTHING_SAID = /^(?!.*problem)/s;

/** Lets the method throw in its `nth` call. */
function breaks(thing: object, method: string, nth = 1): void {
  const original = Reflect.get(thing, method) as (...args: unknown[]) => unknown;
  let calls = 0;
  Reflect.set(thing, method, (...args: unknown[]) => {
    calls += 1;
    return calls === nth ? throws() : original.apply(thing, args);
  });
}

/** Nothing is left of it, one line tells of it, nobody is blamed, and the next request is served. */
async function isOver(gateway: TestGateway): Promise<boolean> {
  await until(() => gateway.lifecycle.inFlight === 0 && gateway.releases.length === gateway.picks.length);
  expect(gateway.releases).not.toContain('broken');
  expect(gateway.members()[0]).toMatchObject({ inFlight: 0 });
  expect(gateway.members()[0]?.why).toBeUndefined();
  const told = gateway.lines.map(({ level, instance_id, err }) => [level, instance_id, err?.message]);
  expect(told).toEqual([['error', undefined, 'a fault of our own']]);
  return (await ask(gateway.port, '/api/well')).status === 200;
}

describe('an event handler of the gateway that throws', () => {
  it.each([
    ['the head', 'writeHead', '/api/parts', /^HTTP\/1\.1 500 Internal Server Error\r\n/],
    ['a part', 'write', '/api/parts', NOTHING_SAID],
    ['the end', 'end', '/api/parts', NOTHING_SAID],
    ['an event', 'write', '/api/events', NOTHING_SAID],
    ['its end', 'end', '/api/once', NOTHING_SAID],
  ])('at %s of an answer ends this exchange alone', async (_part, method, path, answer) => {
    const replica = await startReplica('api-1', (request, response) => {
      if (request.url === '/events') response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (request.url === '/well' || request.url === '/once') response.end('ok');
      else response.write('one', () => setImmediate(() => response.write('two', () => response.end())));
    });
    const gateway = await startGateway([replica]);
    gateway.http.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
      if (request.url === path) breaks(response, method);
    });
    const { ended, socket, text } = openRawClient(gateway.port, get(path));
    await until(() => ended() || text().endsWith('}'));
    expect(text()).toMatch(answer);
    socket.destroy();
    expect(await isOver(gateway)).toBe(true);
  });

  it.each([
    ['the 101', 1],
    ['the first bytes', 2],
    ['later bytes', 3],
  ])('at %s of a tunnel closes its two connections, and nothing else', async (_part, nth) => {
    const replica = await startRawReplica((socket, head) => {
      if (head.startsWith('GET /well')) {
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
        return;
      }
      socket.write('HTTP/1.1 101 X\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n');
      socket.on('end', () => socket.end());
    });
    const gateway = await startGateway([replica]);
    gateway.http.prependListener('upgrade', (_request: IncomingMessage, socket: Socket) =>
      breaks(socket, 'write', nth),
    );
    const { ended, socket, text } = openRawClient(gateway.port, get('/api/chat', UPGRADE));
    for (let sent = 1; sent < nth; sent += 1) {
      await until(() => ended() || text().length > 60);
      const before = text().length;
      replica.sockets[0]!.write('\x81\x01x', 'latin1');
      await until(() => ended() || text().length > before);
    }
    await until(ended);
    socket.destroy();
    await until(() => replica.sockets[0]!.destroyed || replica.sockets[0]!.readableEnded);
    expect(await isOver(gateway)).toBe(true);
  });

  it('in the way to a route of an upgrade ends that connection', async () => {
    const gateway = await startGateway([await startReplica('api-1', (_req, res) => void res.end())]);
    gateway.http.prependListener('upgrade', (_request: IncomingMessage, socket: Socket) => breaks(socket, 'unshift'));
    const { ended } = openRawClient(gateway.port, `${get('/api/chat', UPGRADE)}more`);
    await until(ended);
    expect(await isOver(gateway)).toBe(true);
  });
});
