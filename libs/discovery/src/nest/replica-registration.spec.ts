import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type BeforeApplicationShutdown, Injectable } from '@nestjs/common';
import { type AbstractHttpAdapter, HttpAdapterHost } from '@nestjs/core';
import { SHUTDOWN_STEPS } from '@nestfleet/timing';
import { Test, type TestingModule } from '@nestjs/testing';
import { type Discovery, openDiscovery } from '../discovery.ts';
import type { ServiceDefinition } from '../registration/service-definition.ts';
import { DiscoveryModule } from './discovery.module.ts';
import type { RegistrationSettings } from './discovery.module-options.ts';
import { replicaDefinition } from './replica-definition.ts';
import { ReplicaRegistration } from './replica-registration.ts';

/** A discovery whose registration writes down what it is told. */
function recorded(fails = false) {
  const calls: string[] = [];
  const definitions: ServiceDefinition[] = [];
  const answer = async (call: string): Promise<void> => {
    calls.push(call);
    if (fails) throw new Error('no registry');
  };
  const discovery: Discovery = {
    ...openDiscovery({ kind: 'fixed', services: {} }),
    registration(definition) {
      definitions.push(definition);
      return {
        id: 'x',
        error: undefined,
        announce: () => void calls.push('announce'),
        maintenance: (on) => answer(`maintenance ${on}`),
        withdraw: () => answer('withdraw'),
      };
    },
  };
  return { calls, definitions, discovery };
}

/** Writes down when the application is between Nest's first hook and the end of its server. */
@Injectable()
class Witness implements BeforeApplicationShutdown {
  calls: string[] = [];

  beforeApplicationShutdown(): void {
    this.calls.push('hooks');
  }
}

/** As `app.listen(0)`. @returns the port */
async function listen(app: TestingModule, server: Server): Promise<number> {
  const host = app.get(HttpAdapterHost);
  host.httpAdapter = { getHttpServer: () => server } as AbstractHttpAdapter;
  await app.init();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  host.listening = true;
  return (server.address() as AddressInfo).port;
}

describe('ReplicaRegistration', () => {
  const closing: (() => Promise<unknown>)[] = [];

  /** An application without a platform: its server is Node's. */
  async function appOf(registration: RegistrationSettings, { fails = false } = {}) {
    const parts = recorded(fails);
    const app = await Test.createTestingModule({
      imports: [DiscoveryModule.forRoot({ discovery: parts.discovery, registration })],
      providers: [Witness],
    }).compile();
    app.get(Witness).calls = parts.calls;
    const server = createServer();
    closing.push(
      () => app.close(),
      async () => server.close(),
    );
    return { ...parts, app, begin: () => listen(app, server) };
  }
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  it('announces the port that the application listens on, once it does', async () => {
    const { app, calls, definitions, begin } = await appOf({ service: 'web', check: { path: '/health' } });
    await app.init();
    expect(calls).toEqual([]);
    const port = await begin();
    expect(calls).toEqual(['announce']);
    expect(definitions).toMatchObject([
      { service: 'web', port, slot: `${hostname()}-${port}`, check: { path: '/health' } },
    ]);
  });

  it('asks callers to leave it alone, then withdraws, while it still listens', async () => {
    const { app, calls, begin } = await appOf({ service: 'web' });
    await begin();
    await app.close();
    expect(calls).toEqual(['announce', 'maintenance true', 'hooks', 'withdraw']);
  });

  it('closes also where the registry cannot be told', async () => {
    const { app, calls, begin } = await appOf({ service: 'web' }, { fails: true });
    await begin();
    await app.close();
    expect(calls).toEqual(['announce', 'maintenance true', 'hooks', 'withdraw']);
  });

  it('has its steps in the shutdown of ShutdownModule, after which the hooks do nothing more', async () => {
    const { app, calls, begin } = await appOf({ service: 'web' });
    await begin();
    const steps = app.get(ReplicaRegistration, { strict: false })[SHUTDOWN_STEPS];
    await steps.maintenance?.();
    await steps.withdraw?.();
    await app.close();
    expect(steps.name).toBe('discovery');
    expect(calls).toEqual(['announce', 'maintenance true', 'withdraw', 'hooks']);
  });

  it('serves on for the drain delay at a signal', async () => {
    const { app, begin } = await appOf({ service: 'web', drainDelayMs: 50 });
    await begin();
    const registration = app.get(ReplicaRegistration, { strict: false });
    const startMs = performance.now();
    await registration.onModuleDestroy();
    await registration.beforeApplicationShutdown('SIGTERM');
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(45);
  });

  it('announces one without a port when the application starts', async () => {
    const { app, calls, definitions } = await appOf({ service: 'web', port: null });
    await app.init();
    expect(calls).toEqual(['announce']);
    expect(definitions).toMatchObject([{ port: null, slot: hostname() }]);
  });

  it('does nothing without settings, and nothing before it listens', async () => {
    const { app, calls } = await appOf({ service: 'web' });
    await app.init();
    await app.close();
    expect(calls).toEqual(['hooks']);
  });

  it('ends the start for a setting that is wrong', async () => {
    const { app } = await appOf({ service: 'a service' });
    await expect(app.init()).rejects.toMatchObject({ code: 'invalid_settings' });
  });
});

describe('replicaDefinition', () => {
  const bound = { port: 4_000, epoch: 7 };

  it('keeps what it is told', () => {
    const told = {
      service: 'web',
      slot: '3',
      version: '2.0.0',
      instanceName: 'web-3',
      address: '10.0.0.9',
      port: 80,
      ports: { rpc: 4_001 },
      tags: ['t'],
      weight: 2,
    };
    expect(replicaDefinition({ ...told, drainDelayMs: 1 }, bound)).toEqual({
      ...told,
      epoch: 7,
      ports: { rpc: 4_001, control: null, metrics: null },
    });
  });

  it('has an address of this machine, and a slot that no other process of it has', () => {
    expect(replicaDefinition({ service: 'web' }, bound)).toMatchObject({
      address: expect.stringMatching(/^[\d.]+$|:/),
      slot: `${hostname()}-4000`,
      instanceName: `web-${hostname()}-4000`,
      version: '0.0.0',
    });
  });
});
