import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePorts, until } from '@nestfleet/discovery/testing';
import { spawn, type ChildProcess } from 'node:child_process';
import { findHaproxy } from '../src/programs.ts';

const configDir = resolve(import.meta.dirname, '../../../deploy/haproxy');
const found = await findHaproxy().catch((fault: unknown) => {
  if (process.env['CI']) throw fault;
  console.warn(`UPGRADES THROUGH THE DOOR ARE NOT TESTED: ${String(fault)}`);
});
const withHaproxy = found === undefined ? describe.skip : describe;

/** HAProxy wants a whole one: 16 bytes. The pair is the sample of RFC 6455, 1.3. */
const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const ACCEPT = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';
const READY_WITHIN_MS = 10_000;
const ANSWER_WITHIN_MS = 5_000;

withHaproxy('upgrades through the HAProxy door', () => {
  const asked: IncomingMessage[] = [];
  const tunnels: Socket[] = [];
  /** Takes every upgrade, and sends back in capitals what comes then. */
  const replica = createServer((request, answer) => {
    if (request.url !== '/readyz') asked.push(request);
    answer.end('answered');
  });
  replica.on('upgrade', (request: IncomingMessage, socket: Socket) => {
    asked.push(request);
    tunnels.push(socket);
    socket.write(
      'HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade, x-secret\r\nupgrade: websocket\r\nx-secret: 1\r\n' +
        `sec-websocket-accept: ${ACCEPT}\r\n\r\n`,
    );
    socket.on('error', () => undefined).on('data', (chunk: Buffer) => socket.write(chunk.toString().toUpperCase()));
  });
  let dir: string;
  let port = 0;
  let haproxy: ChildProcess;

  beforeAll(async () => {
    await new Promise<void>((listening) => replica.listen(0, '127.0.0.1', listening));
    const { port: replicaPort } = replica.address() as AddressInfo;
    const [doorPort = 0, healthPort = 0] = await freePorts(2);
    port = doorPort;
    dir = await mkdtemp(join(tmpdir(), 'nestfleet-door-'));
    const backends = ['api', 'gateway'].map(
      (name) => `backend ${name} from replicas\n    server one 127.0.0.1:${replicaPort}\n`,
    );
    await writeFile(join(dir, 'users.cfg'), 'userlist stats\n    user admin insecure-password of-this-test\n');
    await writeFile(join(dir, 'servers.cfg'), backends.join('\n'));
    const files = [join(configDir, 'door.cfg'), join(dir, 'users.cfg'), join(dir, 'servers.cfg')];
    const bind = { DOOR_BIND: `127.0.0.1:${doorPort}`, DOOR_HEALTH: `127.0.0.1:${healthPort}`, DOOR_DIR: configDir };
    haproxy = spawn(found!.path, ['-db', ...files.flatMap((file) => ['-f', file])], {
      env: { ...process.env, TLS: '0', DOMAIN: 'localhost', ...bind },
      stdio: 'ignore',
    });
    await until(async () => (await fetch(`http://127.0.0.1:${doorPort}/`)).ok, READY_WITHIN_MS);
  });
  afterAll(async () => {
    haproxy.kill();
    for (const socket of tunnels) socket.destroy();
    replica.close().closeAllConnections();
    await rm(dir, { recursive: true, force: true });
  });

  /** Sends the head, then `after` when the answer's head is there; all that came, once `enough` holds. */
  async function say(head: readonly string[], after: string, enough: (said: string) => boolean): Promise<string> {
    const socket = connect(port, '127.0.0.1');
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
    asked.length = 0;
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
    const [request] = asked;
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
    asked.length = 0;
    const said = await say(['GET /api/chat HTTP/1.1', ...lines], '', (text) => text.includes('answered'));
    expect(said).toMatch(/^HTTP\/1\.1 200 /);
    expect(asked).toHaveLength(1);
    expect(asked[0]?.headers).not.toHaveProperty('upgrade');
  });
});
