import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ServiceDefinition } from '../src/index.ts';

/** A replica whose `/readyz` answers what the test says, and in whose name: that of its last definition. */
export interface Replica {
  port: number;
  /** The status of `/readyz`, 200 at first. */
  readyStatus: number;
  definition(service: string, change?: Partial<ServiceDefinition>): ServiceDefinition;
  /** As a process that is killed: the port refuses from now on. */
  die(): Promise<void>;
}

/** `port`: 0 takes any free one. */
export async function startReplica(port = 0): Promise<Replica> {
  let identity = { service: 'unknown', instance_id: 'unknown' };
  const server: Server = createServer((request, response) => {
    const status = request.url === '/readyz' ? replica.readyStatus : 200;
    // Who is not ready does not say who it is, as in the services.
    const body = status === 200 ? { status: 'ok', ...identity } : { code: 'not_ready' };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const replica: Replica = {
    port: (server.address() as AddressInfo).port,
    readyStatus: 200,
    definition(service, change = {}) {
      const definition = {
        service,
        slot: 'a',
        epoch: 2_000,
        version: '1.0.0',
        instanceName: `${service}-1`,
        address: '127.0.0.1',
        port: replica.port,
        ports: { rpc: null, control: null, metrics: null },
        ...change,
      };
      identity = { service, instance_id: `${service}-${definition.slot}-${definition.epoch}` };
      return definition;
    },
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
