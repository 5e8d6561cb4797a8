import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';

/** The ports of one agent on loopback. All four must be the same after a restart for its peers and data to stay valid. */
export interface ConsulPorts {
  http: number;
  dns: number;
  server: number;
  serfLan: number;
}

async function hold(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

/**
 * Four ports that are free now. Consul cannot bind port 0 and report it, so another process may take one of them before
 * Consul does: the caller tries again with fresh ones.
 */
export async function freeConsulPorts(): Promise<ConsulPorts> {
  const held = await Promise.all([hold(), hold(), hold(), hold()]);
  const [http, dns, server, serfLan] = held.map((one) => (one.address() as AddressInfo).port);
  await Promise.all(held.map((one) => once(one.close(), 'close')));
  return { http, dns, server, serfLan } as ConsulPorts;
}
