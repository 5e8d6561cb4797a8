import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, it } from '@jest/globals';
import { askReplica } from './ask-replica.ts';
import { READINESS } from './health-check.ts';

const server = createServer((_request, response) => {
  response.end(JSON.stringify({ service: 'api', instance_id: 'api-1' }));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, READINESS.timeoutMs + 50);
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

it('takes what a replica has said while our own process stood still', async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const reply = await askReplica({ address: '127.0.0.1', port });
  expect(reply).toEqual({ status: 200, service: 'api', instanceId: 'api-1' });
});
