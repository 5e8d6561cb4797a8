import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServiceDefinition } from '../src/index.ts';

/** A replica whose `/readyz` answers what the test says. */
export interface Replica {
  port: number;
  /** The status of `/readyz`, 200 at first. */
  readyStatus: number;
  definition(service: string, change?: Partial<ServiceDefinition>): ServiceDefinition;
  /** As a process that is killed: the port refuses from now on. */
  die(): Promise<void>;
}

export async function startReplica(): Promise<Replica> {
  const server: Server = createServer((request, response) => {
    response.writeHead(request.url === '/readyz' ? replica.readyStatus : 200).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const replica: Replica = {
    port: (server.address() as AddressInfo).port,
    readyStatus: 200,
    definition: (service, change = {}) => ({
      service,
      slot: 'a',
      epoch: 2_000,
      version: '1.0.0',
      instanceName: `${service}-1`,
      address: '127.0.0.1',
      port: replica.port,
      ports: { rpc: null, control: null, metrics: null },
      ...change,
    }),
    async die() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  return replica;
}
