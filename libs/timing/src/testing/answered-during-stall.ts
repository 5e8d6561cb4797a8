import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/**
 * `answeredDuringStall` lets this process stand still for `stallMs` while an answer arrives. `begin` gets the promise of that
 * answer and starts what waits for it; when that waits, the answer lies unread in a socket of ours, and every timer up to
 * `stallMs` is due. Resolves as what `begin` gives.
 */
export async function answeredDuringStall<T>(
  stallMs: number,
  begin: (answer: Promise<string>) => T | Promise<T>,
): Promise<T> {
  const outcome = Promise.withResolvers<T>();
  const server = createServer((socket) => {
    // Who does not wait for the answer resets the connection.
    socket.on('error', () => undefined);
    socket.once('data', () => {
      outcome.resolve(begin(received));
      // By then, what was begun waits.
      setImmediate(() => {
        socket.end('answered');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, stallMs);
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
  const received = once(socket, 'data').then(([data]) => String(data));
  socket.write('asked');
  try {
    return await outcome.promise;
  } finally {
    socket.destroy();
    server.close();
  }
}
