import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDiscovery } from '../src/index.ts';
import { until } from '@nestfleet/timing';

/** Longer than a registration waits for its agent, shorter than a watch does. */
const ANSWERS_AFTER_MS = 1_300;

const entry = {
  Node: { Node: 'n', Address: '127.0.0.1' },
  Service: { ID: 'api-1-1', Service: 'api', Address: '', Port: 3_000, Tags: [], Meta: {} },
  Checks: [],
};

describe('where an agent is slow', () => {
  let agent: Server;

  beforeAll(async () => {
    agent = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '/', 'http://agent');
      if (searchParams.has('index')) return;
      const isWatch = pathname.startsWith('/v1/health');
      setTimeout(() => {
        response.writeHead(isWatch ? 200 : 404, { 'content-type': 'application/json', 'x-consul-index': '5' });
        response.end(isWatch ? JSON.stringify([entry]) : '');
      }, ANSWERS_AFTER_MS).unref();
    }).listen(0, '127.0.0.1');
    await once(agent, 'listening');
  });
  afterAll(async () => {
    agent?.closeAllConnections();
    agent?.close();
    await once(agent, 'close');
  });

  it('what a registration waits for in vain does not take a watch the time that it has', async () => {
    const { port } = agent.address() as AddressInfo;
    const discovery = openDiscovery({ kind: 'consul', addresses: [`127.0.0.1:${port}`] });
    try {
      const ports = { rpc: null, control: null, metrics: null };
      discovery
        .registration({
          service: 'web',
          slot: '1',
          epoch: 1,
          version: '1',
          instanceName: 'web-1',
          address: '127.0.0.1',
          port: 1,
          ports,
        })
        .announce();
      const upstream = discovery.upstreams.of('api');
      let asOfMs = 0;
      for (let times = 0; times < 3; times += 1) {
        await until(() => upstream.instances().asOfMs > asOfMs, 20_000);
        asOfMs = upstream.instances().asOfMs;
      }
      expect(upstream.instances().instances).toHaveLength(1);
    } finally {
      discovery.close();
    }
  });
});
