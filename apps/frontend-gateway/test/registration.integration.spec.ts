import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { services } from '@nestfleet/contracts';
import { type Discovery, openDiscovery, traefikTags } from '@nestfleet/discovery';
import { startConsulAgent } from '@nestfleet/discovery/testing';
import { until } from '@nestfleet/timing';
import { describeWithConsul } from './fleet/consul-tier.ts';
import { startWholeGateway } from './fleet/whole-gateway.ts';

describeWithConsul("a gateway's registration", () => {
  let agent: Awaited<ReturnType<typeof startConsulAgent>>;
  let discovery: Discovery;
  beforeAll(async () => {
    agent = await startConsulAgent();
    discovery = openDiscovery({ kind: 'consul', addresses: [agent.address] });
  });
  afterAll(async () => {
    discovery?.close();
    await agent?.stop();
  });

  it.each([
    ['traefik-consul', traefikTags(services['frontend-gateway'], 'fleet.test')],
    ['haproxy-consul', []],
  ])('behind %s has the tags that its load balancer reads', async (BALANCER, tags) => {
    const gateway = await startWholeGateway({ CONSUL_HTTP_ADDR: agent.address, BALANCER, DOMAIN: 'Fleet.Test' });
    try {
      const list = () => discovery.registrar.list('frontend-gateway');
      const own = await until(async () => (await list()).find(({ id }) => id === gateway.identity.instanceId), 20_000);
      expect(own.tags.toSorted()).toEqual(tags.toSorted());
    } finally {
      await gateway.close();
    }
  });
});
