import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pause } from '@nestfleet/timing';

const CHECK_EVERY_MS = 50;

/** Balancer is a load balancer of TCP connections before replicas that come and go. It knows no client from another. */
export interface Balancer {
  readonly url: string;
  /** All that there are; it sends to those whose readiness check answers 200. */
  readonly replicas: Set<number>;
  close(): Promise<void>;
}

export async function startBalancer(): Promise<Balancer> {
  const replicas = new Set<number>();
  const ready = new Set<number>();
  const sockets = new Set<Socket>();
  const closing = new AbortController();
  let turn = 0;

  const server = createServer((client) => {
    turn += 1;
    const all = [...ready].filter((port) => replicas.has(port));
    const order = all.map((_port, index) => all[(turn + index) % all.length]!);
    keep(client);
    connectFirst(client, order);
  });
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => sockets.delete(socket));
  };
  /** A replica that refuses costs the client nothing: the next one is tried. */
  const connectFirst = (client: Socket, [port, ...others]: readonly number[]): void => {
    if (port === undefined || client.destroyed) return void client.destroy();
    const upstream = connect(port, '127.0.0.1');
    const refused = (): void => connectFirst(client, others);
    upstream.once('error', refused);
    upstream.once('connect', () => {
      upstream.off('error', refused);
      keep(upstream);
      client.once('close', () => upstream.destroy());
      upstream.once('error', () => client.destroy());
      client.pipe(upstream).pipe(client);
    });
  };
  const check = async (port: number): Promise<void> => {
    const isReady = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) ready.add(port);
    else ready.delete(port);
  };
  const checks = (async () => {
    while (!closing.signal.aborted) {
      await Promise.all([...replicas].map(check));
      await pause(CHECK_EVERY_MS, closing.signal);
    }
  })();

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    replicas,
    async close() {
      closing.abort();
      server.close();
      for (const socket of sockets) socket.destroy();
      await Promise.all([checks, once(server, 'close')]);
    },
  };
}
