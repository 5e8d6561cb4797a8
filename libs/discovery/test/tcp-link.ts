import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A TCP connection point before another one, that can be cut. */
export interface TcpLink {
  /** `http://127.0.0.1:<port>` */
  address: string;
  port: number;
  /** Connections that are open now. */
  open(): number;
  /** Resets every connection and takes new ones. */
  reset(): void;
  /** Resets every connection and refuses new ones. */
  cut(): Promise<void>;
  /** As after a firewall forgot them: what is sent on the connections of now goes nowhere, and nobody is told. */
  strand(): void;
  /** Listens again on the same port. */
  mend(): Promise<void>;
}

export async function linkTo(target: URL | string): Promise<TcpLink> {
  const { hostname, port: targetPort } = new URL(target);
  const sockets = new Set<Socket>();
  let server: Server;

  async function listen(port: number): Promise<number> {
    server = createServer((near) => {
      const far = connect(Number(targetPort), hostname);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from);
        from.pipe(to);
        from.on('error', () => undefined);
        from.on('close', () => {
          sockets.delete(from);
          to.destroy();
        });
      }
    });
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  const port = await listen(0);
  return {
    address: `http://127.0.0.1:${port}`,
    port,
    open: () => sockets.size / 2,
    reset() {
      for (const socket of sockets) socket.resetAndDestroy();
    },
    async cut() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.resetAndDestroy();
      await closed;
    },
    strand() {
      for (const socket of sockets) socket.unpipe().resume();
    },
    async mend() {
      await listen(port);
    },
  };
}
