import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Replica } from './replica.ts';

export interface RawReplica extends Pick<Replica, 'name' | 'address' | 'port' | 'close'> {
  /** Heads of the requests that came, one character per byte. */
  readonly heads: string[];
  /** All connections that came, in order. */
  readonly sockets: Socket[];
}

/** A replica of bytes: `answer` is called with the connection whenever the head of a request has come. */
export async function startRawReplica(answer: (socket: Socket, head: string) => void): Promise<RawReplica> {
  const heads: string[] = [];
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    let unread = '';
    socket.setEncoding('latin1').on('error', () => undefined);
    socket.on('data', (chunk: string) => {
      unread += chunk;
      for (let end = unread.indexOf('\r\n\r\n'); end >= 0; end = unread.indexOf('\r\n\r\n')) {
        const head = unread.slice(0, end);
        unread = unread.slice(end + 4);
        heads.push(head);
        answer(socket, head);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    name: 'raw',
    address: `127.0.0.1:${port}`,
    port,
    heads,
    sockets,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
