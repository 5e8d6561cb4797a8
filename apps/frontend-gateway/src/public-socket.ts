import { type AddressInfo, createServer } from 'node:net';
import type { Server as HttpServer } from 'node:http';

export interface PublicSocket {
  readonly port: number;
  /** Accepts no more; connections that were accepted stay. Other processes that share the socket go on accepting. */
  close(): Promise<void>;
}

/**
 * openPublicSocket accepts on a bound TCP socket that this process inherited (the edge proxy's port, opened once by whoever
 * starts the gateways and shared by all of them) and hands each connection to the HTTP server, which treats it as its own.
 * @param fd number of the inherited descriptor
 * @param backlog connections that may wait in the kernel; whoever listens last decides for all that share it
 * @throws when the descriptor is no TCP socket
 */
export async function openPublicSocket(fd: number, http: HttpServer, backlog: number): Promise<PublicSocket> {
  // The options that node:http gives its own listener: a client may end its own side behind its request and is answered.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => http.emit('connection', socket));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // As part of the options Node does not look at it.
    server.listen({ fd }, backlog, resolve);
  });
  // What the HTTP server makes of such a fault of its own: it serves on.
  server.on('error', (error) => http.emit('error', error));
  return {
    port: (server.address() as AddressInfo).port,
    // Its callback would wait for every connection to end; what counts here is that the listener is gone.
    close: async () => {
      if (server.listening) server.close();
    },
  };
}
