import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, expect, it } from '@jest/globals';
import { agentAsker } from './agent.ts';

const TIMEOUT_MS = 1_000;

const server = createServer((_request, response) => {
  response.end('"10.0.0.1:8300"');
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TIMEOUT_MS + 50);
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
});

it('takes what an agent has answered while our own process stood still', async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answer = await agentAsker({})(address, { path: '/v1/status/leader', timeoutMs: TIMEOUT_MS });
  expect(answer.status).toBe(200);
});
