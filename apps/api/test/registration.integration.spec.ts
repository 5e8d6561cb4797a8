import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { services } from '@nestfleet/contracts';
import { type Discovery, openDiscovery, traefikTags } from '@nestfleet/discovery';
import { until } from '@nestfleet/timing';
import { Lifecycle, createLogger, createMetrics, identify, loadConfig } from '@nestfleet/service';
import { apiConfig } from '../src/api.config.ts';
import { compose } from '../src/compose.ts';

const consul = process.env['CONSUL_HTTP_ADDR'];
const redis = process.env['REDIS_URL'];
const isThere = consul !== undefined && redis !== undefined;
if (!isThere && process.env['CI']) throw new Error('CONSUL_HTTP_ADDR AND REDIS_URL: run this by its nx target');
if (!isThere) console.warn('CONSUL_HTTP_ADDR OR REDIS_URL IS NOT SET: THE REGISTRATION OF THE API IS NOT TESTED');
const withServers = isThere ? describe : describe.skip;

/** The api as its main file wires it, not listening. */
function composed(BALANCER: string) {
  const slot = randomUUID().slice(0, 8);
  const servers = { CONSUL_HTTP_ADDR: consul, REDIS_URL: redis, NAMESPACE: `t-${slot}` };
  const config = loadConfig(apiConfig, {
    ...servers,
    BALANCER,
    DOMAIN: 'Fleet.Test',
    SLOT: slot,
    LOG_LEVEL: 'silent',
  });
  const identity = identify('api', '1.0.0', config, { hostname: 'box', pid: process.pid, nowMs: Date.now() });
  const lifecycle = new Lifecycle();
  const log = createLogger(identity, 'silent');
  const metrics = createMetrics(identity, lifecycle);
  return { id: identity.instanceId, ...compose({ config, identity, lifecycle, log, metrics }) };
}

withServers("an api's registration", () => {
  let discovery: Discovery;
  beforeAll(() => {
    discovery = openDiscovery({ kind: 'consul', addresses: [consul ?? ''] });
  });
  afterAll(() => discovery?.close());

  it.each([
    ['gateway,traefik-consul', traefikTags(services.api, 'fleet.test')],
    ['traefik', []],
  ])('behind %s has the tags that its load balancers read', async (balancer, tags) => {
    const { id, registration, onClose } = composed(balancer);
    registration?.announce({ http: 65_000, rpc: null, control: null, metrics: null });
    const own = await until(async () => (await discovery.registrar.list('api')).find((one) => one.id === id), 20_000);
    expect(own.tags.toSorted()).toEqual(tags.toSorted());
    await registration?.withdraw();
    for (const step of onClose ?? []) await step.run();
  });
});
