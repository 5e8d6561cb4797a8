import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from '@jest/globals';
import { openDiscovery } from '../src/index.ts';
import { until } from '@nestfleet/timing';

it('connections to an agent that nobody uses any more are closed: it takes 200 from one address', async () => {
  const agent = createServer({ keepAliveTimeout: 0 }, (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('"127.0.0.1:8300"');
  }).listen(0, '127.0.0.1');
  await once(agent, 'listening');
  const count = (): Promise<number> =>
    new Promise((resolve) => void agent.getConnections((_, connections) => resolve(connections)));
  const discovery = openDiscovery({
    kind: 'consul',
    addresses: [`127.0.0.1:${(agent.address() as AddressInfo).port}`],
  });
  await discovery.ping();
  discovery.close();
  expect(await count()).toBe(1);
  try {
    await until(async () => (await count()) === 0, 20_000);
  } finally {
    agent.closeAllConnections();
    agent.close();
  }
});
