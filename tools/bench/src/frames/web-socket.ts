import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** Both ends of a WebSocket whose handshake is over. */
export interface WebSocketPair {
  readonly client: Socket;
  readonly replica: Socket;
}

export interface WebSocketReplica {
  readonly port: number;
  /** Opens a WebSocket of this replica through the proxy on that port of loopback. */
  openThrough(port: number): Promise<WebSocketPair>;
  close(): void;
}

/** startWebSocketReplica starts a server that says 101 to each upgrade (RFC 6455, 4.2.2), and leaves the bytes to the caller. */
export async function startWebSocketReplica(): Promise<WebSocketReplica> {
  const server = createServer();
  const sockets = new Set<Socket>();
  server.on('upgrade', (incoming, socket: Socket) => {
    sockets.add(socket);
    const accept = createHash('sha1').update(`${incoming.headers['sec-websocket-key']}${GUID}`).digest('base64');
    const head = `connection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-accept: ${accept}\r\n\r\n`;
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${head}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    openThrough: async (port) => {
      const asked = once(server, 'upgrade');
      const client = await upgraded(port);
      const [, replica] = (await asked) as [unknown, Socket];
      sockets.add(client);
      return { client, replica };
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

async function upgraded(port: number): Promise<Socket> {
  const headers = {
    connection: 'Upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': randomBytes(16).toString('base64'),
  };
  const asked = request({ host: '127.0.0.1', port, path: '/api/ws', headers }).end();
  asked.once('response', ({ statusCode }) => asked.destroy(new Error(`the upgrade was answered ${statusCode}`)));
  const [, socket] = (await once(asked, 'upgrade')) as [unknown, Socket];
  return socket;
}

/** transfer sends a chunk that many times from one end, as fast as the other reads, and answers when all of it is there. */
export async function transfer(from: Socket, to: Socket, chunk: Buffer, times: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let left = chunk.length * times;
  const onData = ({ length }: Buffer): void => {
    left -= length;
    if (left <= 0) resolve();
  };
  const onClose = (): void => reject(new Error(`closed with ${left} bytes to come`));
  to.on('data', onData);
  to.once('close', onClose);
  try {
    for (let sent = 0; sent < times; sent += 1) if (!from.write(chunk)) await once(from, 'drain');
    await promise;
  } finally {
    to.off('data', onData);
    to.off('close', onClose);
  }
}
