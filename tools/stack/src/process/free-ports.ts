import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';

/**
 * Ports of 127.0.0.1 that are free now. Neither Redis nor Consul can take any free port and say which, so somebody may
 * take one of these first: whoever starts a server on them tries again with others.
 */
export async function freePorts(count: number): Promise<number[]> {
  const holders = await Promise.all(
    Array.from({ length: count }, async () => {
      const holder = createServer().listen({ port: 0, host: '127.0.0.1', exclusive: true });
      await once(holder, 'listening');
      return holder;
    }),
  );
  const ports = holders.map((holder) => (holder.address() as AddressInfo).port);
  await Promise.all(holders.map((holder) => once(holder.close(), 'close')));
  return ports;
}
