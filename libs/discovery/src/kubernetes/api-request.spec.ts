import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { DeadlineError } from '@nestfleet/timing';
import { apiRequest } from './api-request.ts';

it('apiRequest does not wait for the end of a refusal as long as for that of a watch', async () => {
  const server = createServer((_request, response) => response.writeHead(403).write('{"kind":'));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const access = { server: new URL(`http://127.0.0.1:${port}`), token: undefined, ca: undefined };
  const { signal } = new AbortController();
  try {
    const parts = apiRequest(access, { path: '/', query: {}, headWithinMs: 200, endWithinMs: 60_000, signal });
    await expect(parts.next()).rejects.toBeInstanceOf(DeadlineError);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}, 20_000);
