import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from './fleet/ask.ts';
import type { TestGateway } from './fleet/gateway.ts';
import { opened } from './fleet/opened.ts';
import { get, openRawClient, type RawClient, UPGRADE } from './fleet/raw-client.ts';

const { rawReplica: startRawReplica, gateway: startGateway } = opened();
const clients: RawClient[] = [];
afterEach(() => {
  for (const { socket } of clients.splice(0)) socket.destroy();
});

const SWITCHED = 'HTTP/1.1 101 X\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n';

/** A gateway with one slot for a tunnel, before a replica that answers 101 when the test does. */
async function tunnels({ endsWithClient = true, sendTimeoutMs = 30_000 } = {}) {
  const asked: Socket[] = [];
  const replica = await startRawReplica((socket) => {
    asked.push(socket);
    if (endsWithClient) socket.on('end', () => socket.end());
  });
  const gateway = await startGateway([replica], {
    UPSTREAM_CONNECTIONS_MAX: '1',
    CLIENT_SEND_TIMEOUT_MS: String(sendTimeoutMs),
  });
  const open = (): RawClient => {
    const client = openRawClient(gateway.port, get('/api/chat', UPGRADE));
    clients.push(client);
    return client;
  };
  return { replica, gateway, asked, open };
}

/** Its slot is free, and nothing of it is left. */
async function isGone(gateway: TestGateway, replicaSide: Socket, client: RawClient): Promise<boolean> {
  await until(() => gateway.lifecycle.inFlight === 0 && gateway.releases.length === gateway.picks.length);
  await until(() => replicaSide.readableEnded || replicaSide.destroyed);
  await until(() => client.ended() || client.socket.destroyed);
  const next = openRawClient(gateway.port, get('/api/chat', UPGRADE));
  clients.push(next);
  await until(() => gateway.picks.length === gateway.releases.length + 1);
  next.socket.destroy();
  return !gateway.releases.includes('broken');
}

const goings = [
  ['ends its side', (socket: Socket) => void socket.end()],
  ['closes', (socket: Socket) => void socket.destroy()],
  ['resets', (socket: Socket) => void socket.resetAndDestroy()],
] as const;

describe.each(goings)('a tunnel whose client %s', (_how, go) => {
  it('with its request is closed on both sides', async () => {
    const { gateway, asked, open } = await tunnels();
    const client = open();
    await until(() => !client.socket.connecting && client.socket.writableLength === 0);
    go(client.socket);
    // A reset may take the request away before it is read.
    await until(() => asked.length === 1 || gateway.connections[0]?.destroyed === true);
    asked[0]?.write(SWITCHED);
    await until(() => gateway.lifecycle.inFlight === 0 && gateway.releases.length === gateway.picks.length);
    await until(() => asked.every((socket) => socket.readableEnded || socket.destroyed));
    expect(gateway.releases).not.toContain('broken');
  });

  it('while the replica thinks is closed on both sides', async () => {
    const { gateway, asked, open } = await tunnels();
    const client = open();
    await until(() => asked.length === 1);
    const server = gateway.connections[0]!;
    go(client.socket);
    await until(() => server.readableEnded || server.destroyed || gateway.releases.length === 1);
    asked[0]!.write(SWITCHED);
    expect(await isGone(gateway, asked[0]!, client)).toBe(true);
  });

  it('in the moment of the 101 is closed on both sides', async () => {
    const { gateway, asked, open } = await tunnels();
    const client = open();
    await until(() => asked.length === 1);
    asked[0]!.write(SWITCHED);
    go(client.socket);
    expect(await isGone(gateway, asked[0]!, client)).toBe(true);
  });

  it('after the 101 is closed on both sides', async () => {
    const { gateway, asked, open } = await tunnels();
    const client = open();
    await until(() => asked.length === 1);
    asked[0]!.write(SWITCHED);
    await until(() => client.text().includes('101'));
    go(client.socket);
    expect(await isGone(gateway, asked[0]!, client)).toBe(true);
  });
});

describe('a tunnel of which one side ends', () => {
  it('passes the end on, and the bytes of the other side after it', async () => {
    const { gateway, asked, open } = await tunnels({ endsWithClient: false });
    const client = open();
    await until(() => asked.length === 1);
    asked[0]!.write(SWITCHED);
    await until(() => client.text().includes('101'));
    client.socket.end('\x81\x01x', 'latin1');
    await until(() => asked[0]!.readableEnded);
    asked[0]!.end('\x81\x04late', 'latin1');
    await until(() => client.ended());
    expect(client.text().endsWith('\r\n\r\n\x81\x04late')).toBe(true);
    expect(await isGone(gateway, asked[0]!, client)).toBe(true);
  });

  it('does so the other way round', async () => {
    const { gateway, replica, asked, open } = await tunnels({ endsWithClient: false });
    const client = open();
    await until(() => asked.length === 1);
    asked[0]!.end(SWITCHED);
    await until(() => client.ended());
    client.socket.end('late', 'latin1');
    await until(() => asked[0]!.readableEnded);
    expect(replica.heads).toHaveLength(1);
    expect(await isGone(gateway, asked[0]!, client)).toBe(true);
  });

  it('where it is reset on the replica’s side is closed for the client', async () => {
    const { gateway, asked, open } = await tunnels();
    const client = open();
    await until(() => asked.length === 1);
    asked[0]!.write(SWITCHED);
    await until(() => client.text().includes('101'));
    asked[0]!.resetAndDestroy();
    await until(() => client.ended());
    expect(await isGone(gateway, asked[0]!, client)).toBe(true);
  });
});

/** A frame of 60,000 bytes. */
const LARGE_FRAME = Buffer.concat([Buffer.from([0x82, 126, 0xea, 0x5c]), Buffer.alloc(59_996)]);
/** Writes until nothing more is taken, and goes on as soon as something is. */
function flood(socket: Socket): void {
  const write = (): void => {
    while (!socket.destroyed && socket.write(LARGE_FRAME));
  };
  socket.on('drain', write);
  write();
}

describe('a tunnel of which one side takes nothing', () => {
  it.each(['client', 'replica'])('is cut: the %s, also while it sends', async (side) => {
    const { gateway, asked, open } = await tunnels({ sendTimeoutMs: 1_000 });
    const client = open();
    await until(() => asked.length === 1);
    asked[0]!.write(SWITCHED);
    await until(() => client.text().includes('101'));
    const [stuck, other] = side === 'client' ? [client.socket, asked[0]!] : [asked[0]!, client.socket];
    stuck.pause();
    flood(other);
    const pings = setInterval(() => void stuck.write('\x89\x00', 'latin1'), 50);
    try {
      await until(() => gateway.connections[0]!.destroyed && other.destroyed);
    } finally {
      clearInterval(pings);
      stuck.destroy();
    }
    expect(await isGone(gateway, asked[0]!, client)).toBe(true);
  });

  it('passes what lies ready as soon as it is taken', async () => {
    const { gateway, asked, open } = await tunnels();
    const client = open();
    await until(() => asked.length === 1);
    asked[0]!.write(SWITCHED);
    await until(() => client.text().includes('101'));
    client.socket.pause();
    flood(asked[0]!);
    client.socket.resume();
    await until(() => client.text().length > 100 * LARGE_FRAME.length);
    expect(gateway.connections[0]!.destroyed).toBe(false);
    client.socket.destroy();
  });
});

describe('the body of a refused upgrade', () => {
  it('has the bound of silence of any answer, and its replica loses its slot', async () => {
    const replica = await startRawReplica(
      (socket) => void socket.write('HTTP/1.1 401 X\r\ntransfer-encoding: chunked\r\n\r\n2\r\nno\r\n'),
    );
    const gateway = await startGateway([replica], { UPSTREAM_SILENCE_MS: '1000' });
    const client = openRawClient(gateway.port, get('/api/chat', UPGRADE));
    clients.push(client);
    await until(() => client.ended());
    expect(client.text()).toContain('HTTP/1.1 401 X\r\n');
    expect(client.text()).not.toContain('0\r\n\r\n');
    await until(() => gateway.lifecycle.inFlight === 0);
    expect(gateway.releases).toEqual(['broken']);
  });
});

describe('a stream of events in answer to an upgrade', () => {
  it.each(['after it has begun', 'before it begins'])('ends with its client, whose side ends %s', async (when) => {
    const replica = await startRawReplica((socket) => {
      const answer = (): void =>
        void socket.write('HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: first\n\n');
      if (when === 'before it begins') setTimeout(answer, 200);
      else answer();
    });
    const gateway = await startGateway([replica], { UPSTREAM_SILENCE_MS: '1000' });
    // Bytes that nobody reads are before its end.
    const client = openRawClient(gateway.port, `${get('/api/chat', UPGRADE)}frames`);
    clients.push(client);
    if (when === 'after it has begun') await until(() => client.text().includes('first'));
    client.socket.end();
    await until(() => client.ended());
    await until(() => gateway.lifecycle.inFlight === 0);
    const [upstream] = replica.sockets;
    await until(() => upstream!.readableEnded || upstream!.destroyed);
    expect(replica.heads).toHaveLength(1);
  });
});
