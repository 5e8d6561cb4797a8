import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type Problem } from '@nestfleet/contracts';
import { ask, until } from './fleet/ask.ts';
import { opened } from './fleet/opened.ts';
import { echo, refusingAddress } from './fleet/replica.ts';

const { replica: startReplica, gateway: startGateway } = opened();
const servers: Server[] = [];
const upgraded: Socket[] = [];
afterEach(() => {
  for (const socket of upgraded.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const acceptOf = (key: string): string =>
  createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');

/** A text frame of a server, 125 bytes at most. */
const textFrame = (text: string): Buffer => Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)]);

/** Payloads of whole masked frames, 125 bytes at most each. */
function* unmasked(frames: Buffer): Generator<{ op: number; payload: Buffer }> {
  for (let at = 0; at + 6 <= frames.length;) {
    const length = frames[at + 1]! & 0x7f;
    const mask = frames.subarray(at + 2, at + 6);
    const payload = Buffer.from(frames.subarray(at + 6, at + 6 + length).map((byte, n) => byte ^ mask[n % 4]!));
    yield { op: frames[at]! & 0x0f, payload };
    at += 6 + length;
  }
}

interface EchoReplica {
  readonly address: string;
  readonly asked: IncomingMessage[];
  readonly sockets: Socket[];
  /** Codes of the close frames that came. */
  readonly closes: number[];
  /** Is called behind the 101. */
  onAsked?: () => void;
}

/** Says each message back, and answers a close. */
async function startEchoReplica({ answersClose = true } = {}): Promise<EchoReplica> {
  const server = createServer();
  servers.push(server);
  const asked: IncomingMessage[] = [];
  const sockets: Socket[] = [];
  const closes: number[] = [];
  const replica: EchoReplica = { address: '', asked, sockets, closes };
  server.on('upgrade', (incoming: IncomingMessage, socket: Socket) => {
    asked.push(incoming);
    sockets.push(socket);
    upgraded.push(socket);
    const accept = acceptOf(String(incoming.headers['sec-websocket-key']));
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n` +
        `sec-websocket-accept: ${accept}\r\nx-served-by: api-1\r\n\r\n`,
    );
    replica.onAsked?.();
    socket
      .on('error', () => undefined)
      .on('end', () => socket.end())
      .on('data', (chunk: Buffer) => {
        for (const { op, payload } of unmasked(chunk)) {
          if (op === 8) {
            closes.push(payload.length < 2 ? 1005 : payload.readUInt16BE());
            if (answersClose) socket.end(Buffer.from([0x88, 0]));
          } else socket.write(textFrame(payload.toString()));
        }
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(replica, { address: `127.0.0.1:${(server.address() as AddressInfo).port}` });
}

interface Client {
  readonly socket: WebSocket;
  readonly messages: string[];
  closed: { code: number; clean: boolean } | undefined;
}

async function open(port: number, path = '/api/chat?room=1'): Promise<Client> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`);
  const client: Client = { socket, messages: [], closed: undefined };
  socket.addEventListener('message', ({ data }) => client.messages.push(String(data)));
  socket.addEventListener('close', ({ code, wasClean }) => (client.closed = { code, clean: wasClean }));
  await once(socket, 'open');
  return client;
}

/** A client of bytes. `received` is what came behind the head of the answer. */
async function openRaw(port: number): Promise<{ client: Socket; received: () => Buffer }> {
  const key = 'dGhlIHNhbXBsZSBub25jZQ==';
  const client = connect(port, '127.0.0.1');
  let all = Buffer.alloc(0);
  const headEnd = (): number => all.indexOf('\r\n\r\n') + 4;
  client.on('data', (chunk: Buffer) => (all = Buffer.concat([all, chunk])));
  client.write(
    `GET /api/chat HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-key: ${key}\r\n\r\n`,
  );
  await until(() => headEnd() > 4);
  expect(all.subarray(0, headEnd()).toString()).toContain(`sec-websocket-accept: ${acceptOf(key)}`);
  return { client, received: () => all.subarray(headEnd()) };
}

/** Asks for an upgrade and gets a plain answer. */
async function refusedUpgrade(port: number, path: string, headers: Record<string, string>) {
  const outgoing = request({ port, path, agent: false, headers: { connection: 'Upgrade', ...headers } }).end();
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) body += chunk;
  return { status: answer.statusCode, body };
}
const webSocket = { upgrade: 'websocket', 'sec-websocket-key': 'x', 'sec-websocket-version': '13' };

describe('a WebSocket through the gateway', () => {
  it('reaches a replica with the path and headers of any request, and passes messages both ways', async () => {
    const replica = await startEchoReplica();
    const gateway = await startGateway([replica.address]);
    const client = await open(gateway.port);
    client.socket.send('one');
    client.socket.send('two');
    await until(() => client.messages.length === 2);
    expect(client.messages).toEqual(['one', 'two']);
    const { url, headers } = replica.asked[0]!;
    expect(url).toBe('/chat?room=1');
    expect(headers).toMatchObject({ 'x-forwarded-prefix': '/api', 'x-forwarded-for': '127.0.0.1' });
    expect(gateway.lifecycle.inFlight).toBe(1);
    expect(gateway.releases).toEqual([]);
    replica.sockets[0]?.end(Buffer.from([0x88, 2, 0x03, 0xe8]));
    await until(() => client.closed !== undefined && gateway.lifecycle.inFlight === 0);
    expect(client.closed?.code).toBe(1000);
    expect(gateway.releases).toEqual(['ok']);
  });

  it('gets 1001 when the gateway shuts down, and so does the replica', async () => {
    const replica = await startEchoReplica();
    const gateway = await startGateway([replica.address]);
    const client = await open(gateway.port);
    gateway.lifecycle.endStreams();
    await until(() => client.closed !== undefined && gateway.lifecycle.inFlight === 0);
    expect(client.closed).toEqual({ code: 1001, clean: true });
    expect(replica.closes).toEqual([1001]);
  });

  it('is told so behind the message that is passing, and nothing after it', async () => {
    const replica = await startEchoReplica({ answersClose: false });
    const gateway = await startGateway([replica.address]);
    const { received } = await openRaw(gateway.port);
    const frame = textFrame('a whole message');
    replica.sockets[0]?.write(frame.subarray(0, 6));
    await until(() => received().length === 6);
    gateway.lifecycle.endStreams();
    await until(() => replica.closes.length === 1);
    expect(received()).toHaveLength(6);
    replica.sockets[0]?.write(Buffer.concat([frame.subarray(6), textFrame('late')]));
    await until(() => gateway.lifecycle.inFlight === 0);
    expect(received()).toEqual(Buffer.concat([frame, Buffer.from([0x88, 2, 0x03, 0xe9])]));
  });

  it('that is stuck within a message is not cut before everything is', async () => {
    const replica = await startEchoReplica({ answersClose: false });
    const gateway = await startGateway([replica.address]);
    const { client, received } = await openRaw(gateway.port);
    replica.sockets[0]?.write(textFrame('never whole').subarray(0, 6));
    await until(() => received().length === 6);
    gateway.lifecycle.endStreams();
    await until(() => replica.closes.length === 1);
    expect([client.destroyed, gateway.lifecycle.inFlight]).toEqual([false, 1]);
    gateway.lifecycle.cut();
    await until(() => client.destroyed && gateway.lifecycle.inFlight === 0);
  });

  it('retries where a replica takes no connection', async () => {
    const replica = await startEchoReplica();
    const gateway = await startGateway([await refusingAddress(), replica.address], {
      UPSTREAM_BALANCER: 'round-robin',
    });
    for (let n = 0; n < 4; n += 1) {
      const client = await open(gateway.port);
      client.socket.close();
    }
    expect(gateway.releases).toContain('refused');
    await until(() => gateway.lifecycle.inFlight === 0);
  });

  it('gets the answer that came in while the gateway itself stood still beyond the deadline', async () => {
    const replica = await startEchoReplica();
    const gateway = await startGateway([replica.address], { UPSTREAM_DEADLINE_MS: '1000' });
    replica.onAsked = () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_100);
    const client = await open(gateway.port);
    client.socket.close();
    await until(() => gateway.lifecycle.inFlight === 0);
    expect(gateway.releases).toEqual(['ok']);
  });

  it('holds nothing against a replica that had only the time that its client gives', async () => {
    const silent = createServer().on('upgrade', (_, socket: Socket) => void upgraded.push(socket));
    servers.push(silent);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const gateway = await startGateway([`127.0.0.1:${(silent.address() as AddressInfo).port}`], {
      UPSTREAM_ATTEMPT_MS: '1000',
    });
    const hurried = await refusedUpgrade(gateway.port, '/api/chat', { ...webSocket, 'x-deadline-ms': '50' });
    const patient = await refusedUpgrade(gateway.port, '/api/chat', { ...webSocket, 'x-deadline-ms': '1100' });
    expect([hurried.status, patient.status]).toEqual([504, 504]);
    expect(gateway.releases).toEqual(['unknown', 'timeout']);
  });

  it('keeps to the retry budget where all are unreachable', async () => {
    const gateway = await startGateway(await Promise.all([refusingAddress(), refusingAddress(), refusingAddress()]));
    const codes = new Set<string>();
    for (let n = 0; n < 10; n += 1) {
      const { body } = await refusedUpgrade(gateway.port, '/api/chat', webSocket);
      codes.add((JSON.parse(body) as Problem).code);
    }
    // The three of the budget, and two while others of the three still seemed healthy.
    expect(gateway.releases.filter((each) => each === 'refused')).toHaveLength(15);
    expect(codes).toContain('retry_budget_empty');
  });

  it('gets the answer of a replica that does not want one', async () => {
    const gateway = await startGateway([await startReplica('api-1', echo)]);
    const { status, body } = await refusedUpgrade(gateway.port, '/api/chat', webSocket);
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({ url: '/chat' });
    await until(() => gateway.lifecycle.inFlight === 0);
  });

  it('gets a problem where no replica is, and where the bound of one is reached', async () => {
    const none = await startGateway([await refusingAddress()]);
    const failed = await refusedUpgrade(none.port, '/api/chat', webSocket);
    expect([failed.status, (JSON.parse(failed.body) as Problem).code]).toEqual([502, 'upstream_failed']);
    const replica = await startEchoReplica();
    const gateway = await startGateway([replica.address], { UPSTREAM_CONNECTIONS_MAX: '1' });
    await open(gateway.port);
    const { status, body } = await refusedUpgrade(gateway.port, '/api/chat', webSocket);
    expect([status, (JSON.parse(body) as Problem).code]).toEqual([503, 'streams_exhausted']);
  });

  it.each([
    ['another protocol', '/api/chat', { upgrade: 'h2c' }],
    ['no key', '/api/chat', { upgrade: 'websocket' }],
  ])('an upgrade to %s is a plain request, and the header ends here', async (_name, path, headers) => {
    const replica = await startReplica('api-1', echo);
    const gateway = await startGateway([replica]);
    expect((await refusedUpgrade(gateway.port, path, headers)).status).toBe(200);
    expect(replica.seen[0]?.headers.upgrade).toBeUndefined();
  });

  it('is a plain request where Connection does not name the upgrade', async () => {
    const replica = await startReplica('api-1', echo);
    const gateway = await startGateway([replica]);
    expect((await ask(gateway.port, '/api/chat', { headers: webSocket })).status).toBe(200);
    expect(replica.seen[0]?.headers.upgrade).toBeUndefined();
  });

  it('ends at the replica when its client vanishes', async () => {
    const replica = await startEchoReplica();
    const gateway = await startGateway([replica.address]);
    const { client } = await openRaw(gateway.port);
    client.resetAndDestroy();
    await until(() => replica.sockets[0]!.destroyed && gateway.lifecycle.inFlight === 0);
    expect(gateway.releases).toEqual(['ok']);
  });
});
