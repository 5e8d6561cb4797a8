import { describe, expect, it } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { openDiscovery, type Discovery } from '../discovery.ts';
import { DiscoveryError } from '../errors.ts';
import type { Upstream } from '../lb/upstream.ts';
import { InjectClient, InjectDiscovery, InjectUpstream } from './decorators.ts';
import { DiscoveredClient } from './discovered-client.ts';
import { DiscoveryHealthIndicator } from './discovery.health-indicator.ts';
import { DiscoveryModule } from './discovery.module.ts';
import { discoveryToken, upstreamToken } from './tokens.ts';

@Injectable()
class Consumer {
  constructor(
    @InjectDiscovery() readonly discovery: Discovery,
    @InjectUpstream('api') readonly api: Upstream,
    @InjectClient('api') readonly client: DiscoveredClient,
    @InjectUpstream('worker') readonly worker: Upstream,
  ) {}
}

@Module({
  imports: [DiscoveryModule.forFeature(['api', 'worker'])],
  providers: [Consumer],
})
class FeatureModule {}

async function indicatorOf(ping: () => Promise<number>, name?: string): Promise<DiscoveryHealthIndicator> {
  const imports = [DiscoveryModule.forRoot({ discovery: { ...open(), ping }, ...(name && { name }) })];
  return (await Test.createTestingModule({ imports }).compile()).get(DiscoveryHealthIndicator);
}
const ownOptions = () =>
  ({ source: { kind: 'fixed', services: { api: ['127.0.0.1:1'] } }, balancer: 'random' }) as const;
const open = () => openDiscovery({ kind: 'fixed', services: { api: ['127.0.0.1:1'] } });

const filtersOf = (errorFilter: boolean) =>
  DiscoveryModule.forRoot({ ...ownOptions(), errorFilter }).providers?.filter(
    (provider) => 'provide' in provider && provider.provide === APP_FILTER,
  );

describe('DiscoveryModule', () => {
  it('gives the discovery, upstreams and clients to any module', async () => {
    const discovery = open();
    const app = await Test.createTestingModule({
      imports: [DiscoveryModule.forRoot({ discovery }), FeatureModule],
    }).compile();
    await app.init();
    const consumer = app.get(Consumer, { strict: false });
    expect(consumer.discovery).toBe(discovery);
    expect(consumer.api).toBe(discovery.upstreams.of('api'));
    expect(consumer.worker.service).toBe('worker');
    expect(consumer.client).toBeInstanceOf(DiscoveredClient);
    await app.close();
    discovery.close();
  });

  it('takes a discovery that another provider makes', async () => {
    const discovery = open();
    const app = await Test.createTestingModule({
      imports: [DiscoveryModule.forRootAsync({ useFactory: async () => ({ discovery }) }), FeatureModule],
    }).compile();
    expect(app.get(Consumer, { strict: false }).discovery).toBe(discovery);
    discovery.close();
  });

  it.each([
    ['forRoot', () => DiscoveryModule.forRoot(ownOptions())],
    ['forRootAsync', () => DiscoveryModule.forRootAsync({ useFactory: async () => ownOptions() })],
  ])('%s opens a discovery from its options, and closes it with the application', async (_name, module) => {
    const app = await Test.createTestingModule({ imports: [module(), FeatureModule] }).compile();
    await app.init();
    const { api, discovery } = app.get(Consumer, { strict: false });
    expect(discovery.upstreams.of('api')).toBe(api);
    const call = () => api.call(({ id }) => Promise.resolve(id), { deadlineMs: 60_000, attempts: 1 });
    await expect(call()).resolves.toMatch(/^api/);
    await app.close();
    await expect(call()).rejects.toMatchObject({ code: 'closed' });
  });

  it('closes the client with the application, and leaves the discovery to who opened it', async () => {
    const discovery = open();
    const app = await Test.createTestingModule({
      imports: [DiscoveryModule.forRoot({ discovery }), FeatureModule],
    }).compile();
    await app.init();
    const { client, api } = app.get(Consumer, { strict: false });
    await app.close();
    await expect(client.send('x', {}, { deadlineMs: 60_000 })).rejects.toMatchObject({ code: 'closed' });
    await expect(api.call(() => Promise.resolve('still'), { deadlineMs: 60_000, attempts: 1 })).resolves.toBe('still');
    discovery.close();
  });

  it('keeps several apart by their names', async () => {
    const [one, other] = [open(), open()];
    const app = await Test.createTestingModule({
      imports: [
        DiscoveryModule.forRoot({ discovery: one }),
        DiscoveryModule.forRoot({ discovery: other, name: 'abroad' }),
        DiscoveryModule.forFeature(['api'], 'abroad'),
        FeatureModule,
      ],
    }).compile();
    expect(app.get(Consumer, { strict: false }).api).toBe(one.upstreams.of('api'));
    expect(app.get(upstreamToken('api', 'abroad'), { strict: false })).toBe(other.upstreams.of('api'));
    expect(app.get(discoveryToken('abroad'))).toBe(other);
    one.close();
    other.close();
  });

  it('has a filter for its errors, unless the application wants none', () => {
    expect([filtersOf(true), filtersOf(false)]).toMatchObject([{ length: 1 }, { length: 0 }]);
  });

  it.each([[undefined], ['abroad']])('refuses two of one name: %s', async (name) => {
    const imports = [1, 2].map(() => DiscoveryModule.forRoot({ ...ownOptions(), ...(name && { name }) }));
    await expect(Test.createTestingModule({ imports }).compile()).rejects.toMatchObject({
      code: 'discovery_registered_twice',
    });
  });
});

describe('DiscoveryHealthIndicator', () => {
  it('is up with the time of the ping', async () => {
    const indicator = await indicatorOf(() => Promise.resolve(3.4));
    await expect(indicator.isHealthy()).resolves.toEqual({ discovery: { status: 'up', ping_ms: 3 } });
  });

  it('is degraded and not down while the registry is unreachable', async () => {
    const indicator = await indicatorOf(() => Promise.reject(new DiscoveryError('catalog_unavailable', 'no leader')));
    await expect(indicator.isHealthy('consul')).resolves.toEqual({
      consul: { status: 'degraded', message: 'no leader' },
    });
  });

  it('asks the DiscoveryModule of a name', async () => {
    const indicator = await indicatorOf(() => Promise.resolve(1), 'abroad');
    await expect(indicator.isHealthy('consul', 'abroad')).resolves.toMatchObject({ consul: { status: 'up' } });
  });
});
