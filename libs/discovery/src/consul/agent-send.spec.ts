import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from '@jest/globals';
import { agentSend } from './agent-send.ts';

it('asks for the name of its settings where the address of an agent has another one, or none', async () => {
  const { promise: hello, resolve } = Promise.withResolvers<string>();
  const agent = createServer((socket) => {
    socket.on('error', () => undefined);
    // The name is there before anything is encrypted.
    socket.once('data', (bytes) => {
      resolve(bytes.toString('latin1'));
      socket.destroy();
    });
  });
  await once(agent.listen(0, '127.0.0.1'), 'listening');
  try {
    const url = new URL(`https://127.0.0.1:${(agent.address() as AddressInfo).port}/v1/status/leader`);
    const { signal } = new AbortController();
    const asked = agentSend({ serverName: 'server.dc1.consul' })(url, {
      method: 'GET',
      headers: {},
      signal,
      timeoutMs: 10_000,
    });
    await expect(asked).rejects.toBeDefined();
    expect(await hello).toContain('server.dc1.consul');
  } finally {
    agent.close();
  }
});
