import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import type { RunningHaproxy } from '../src/programs.ts';
import { startHaproxyBefore, withHaproxy } from './haproxy-before.ts';

/** HAProxy wants a whole one: 16 bytes. The pair is the sample of RFC 6455, 1.3. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
const ANSWER_WITHIN_MS = 20_000;

withHaproxy('upgrades through HAProxy', () => {
  const received: IncomingMessage[] = [];
  const tunnels: Socket[] = [];
  /** Takes every upgrade, and sends back in capitals what comes then. */
  const replica = createServer((request, answer) => {
    if (request.url !== '/readyz') received.push(request);
    answer.end('answered');
  });
  replica.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    received.push(request);
    tunnels.push(socket);
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade, x-secret\r\nupgrade: websocket\r\nx-secret: 1\r\n' +
        `sec-websocket-accept: ${ACCEPT}\r\n\r\n`,
    );
    socket.on('error', () => undefined).on('data', (chunk: Buffer) => socket.write(chunk.toString().toUpperCase()));
  });
  let haproxy: RunningHaproxy;

  beforeAll(async () => {
    await new Promise<void>((listening) => replica.listen(0, '127.0.0.1', listening));
    haproxy = await startHaproxyBefore((replica.address() as AddressInfo).port);
  });
  afterAll(async () => {
    await haproxy?.close();
    for (const socket of tunnels) socket.destroy();
    replica.close().closeAllConnections();
  });

  /** Sends the head, then `after` when the answer's head is there; all that came, once `enough` holds. */
  async function say(head: readonly string[], after: string, enough: (said: string) => boolean): Promise<string> {
    const socket = connect(haproxy.port, '127.0.0.1');
    let said = '';
    let sent = false;
    socket
      .on('error', () => undefined)
      .on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (!sent && said.includes('\r\n\r\n')) {
          sent = true;
          socket.write(after);
        }
      });
    socket.write(`${head.join('\r\n')}\r\nhost: localhost\r\n\r\n`);
    try {
      await until(async () => enough(said), ANSWER_WITHIN_MS);
    } finally {
      socket.destroy();
    }
    return said;
  }

  it('joins a client and a replica that agree on WebSocket', async () => {
    received.length = 0;
    const head = [
      'GET /api/chat HTTP/1.1',
      'connection: keep-alive, Upgrade, x-of-this-hop',
      'upgrade: WebSocket',
      'x-of-this-hop: 1',
      `sec-websocket-key: ${KEY}`,
    ];
    const said = await say(head, 'hello', (text) => text.includes('HELLO'));
    expect(said).toMatch(/^HTTP\/1\.1 101 /);
    expect(said.toLowerCase()).toContain('connection: upgrade\r\n');
    expect(said.toLowerCase()).toContain('upgrade: websocket\r\n');
    expect(said).not.toContain('x-secret');
    const [request] = received;
    expect(request?.url).toBe('/chat');
    expect(request?.headers).toMatchObject({
      upgrade: 'websocket',
      connection: 'upgrade',
      'sec-websocket-key': KEY,
      'x-forwarded-prefix': '/api',
    });
    expect(request?.headers).not.toHaveProperty('x-of-this-hop');
  });

  it.each([
    ['another protocol', ['connection: upgrade', 'upgrade: h2c']],
    ['an upgrade that Connection does not name', ['connection: keep-alive', 'upgrade: websocket']],
  ])('%s is a plain request', async (_what, lines) => {
    received.length = 0;
    const said = await say(['GET /api/chat HTTP/1.1', ...lines], '', (text) => text.includes('answered'));
    expect(said).toMatch(/^HTTP\/1\.1 200 /);
    expect(received).toHaveLength(1);
    expect(received[0]?.headers).not.toHaveProperty('upgrade');
  });
});
