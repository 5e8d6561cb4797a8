import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type BeforeApplicationShutdown, Injectable, Logger, type Provider } from '@nestjs/common';
import { type AbstractHttpAdapter, HttpAdapterHost } from '@nestjs/core';
import { SHUTDOWN_STEPS, until } from '@nestfleet/timing';
import { Test, type TestingModule } from '@nestjs/testing';
import { type Discovery, openDiscovery } from '../discovery.ts';
import type { ServiceDefinition } from '../registration/service-definition.ts';
import { DiscoveryModule } from './discovery.module.ts';
import type { RegistrationSettings } from './discovery.module-options.ts';
import { replicaDefinition } from './replica-definition.ts';
import { MAINTENANCE_MS, ReplicaRegistration, WITHDRAW_MS } from './replica-registration.ts';

/** A discovery whose registration writes down what it is told. */
type Registry = 'answers' | 'fails' | 'silent';

function recorded(registry: Registry) {
  const answers = Promise.withResolvers<void>();
  const calls: string[] = [];
  const definitions: ServiceDefinition[] = [];
  const answer = async (call: string): Promise<void> => {
    calls.push(call);
    if (registry === 'fails') throw new Error('no registry');
    if (registry === 'silent') await answers.promise;
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
  return { calls, definitions, discovery, answer: () => answers.resolve() };
}

const stepsOf = (ready: Promise<void>) => ({ name: 'store', firstReady: () => ready });
const turnOfEventLoop = () => new Promise((resolve) => setImmediate(resolve));
const unixSocket = (): string => join(mkdtempSync(join(tmpdir(), 'nestfleet-')), 'web.sock');

/** Writes down when the application is between Nest's first hook and the end of its server. */
@Injectable()
class Witness implements BeforeApplicationShutdown {
  calls: string[] = [];

  beforeApplicationShutdown(): void {
    this.calls.push('hooks');
  }
}

/** As `app.listen(0)`, or on the path of a Unix socket. @returns the port */
async function listen(app: TestingModule, server: Server, path?: string): Promise<number> {
  const host = app.get(HttpAdapterHost);
  host.httpAdapter = { getHttpServer: () => server } as AbstractHttpAdapter;
  await app.init();
  if (path === undefined) server.listen(0, '127.0.0.1');
  else server.listen(path);
  await once(server, 'listening');
  host.listening = true;
  return (server.address() as AddressInfo).port;
}

describe('ReplicaRegistration', () => {
  const closing: (() => Promise<unknown>)[] = [];

  /** An application without a platform: its server is Node's. */
  async function appOf(
    registration: RegistrationSettings,
    { registry = 'answers', providers = [] }: { registry?: Registry; providers?: Provider[] } = {},
  ) {
    const parts = recorded(registry);
    const app = await Test.createTestingModule({
      imports: [DiscoveryModule.forRoot({ discovery: parts.discovery, registration })],
      providers: [Witness, ...providers],
    }).compile();
    app.get(Witness).calls = parts.calls;
    const server = createServer();
    closing.push(
      async () => parts.answer(),
      () => app.close(),
      async () => server.close(),
    );
    const isAnnounced = () => until(() => parts.calls.includes('announce'), 10_000);
    const begin = async (path?: string): Promise<number> => {
      const port = await listen(app, server, path);
      await isAnnounced();
      return port;
    };
    return { ...parts, app, server, begin, isAnnounced };
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

  it.each(['fails', 'silent'] as const)('closes also where the registry cannot be told: %s', async (registry) => {
    const { app, calls, begin } = await appOf({ service: 'web' }, { registry });
    await begin();
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask'] });
    try {
      let isClosed = false;
      void app.close().then(() => (isClosed = true));
      await jest.advanceTimersByTimeAsync(MAINTENANCE_MS + WITHDRAW_MS + 100);
      expect(isClosed).toBe(true);
    } finally {
      jest.useRealTimers();
    }
    expect(calls).toEqual(['announce', 'maintenance true', 'hooks', 'withdraw']);
  });

  it('waits for what says when it is ready, and is not found before', async () => {
    const store = Promise.withResolvers<void>();
    const providers = [{ provide: 'store', useValue: { [SHUTDOWN_STEPS]: stepsOf(store.promise) } }];
    const { app, calls, server, isAnnounced } = await appOf({ service: 'web' }, { providers });
    await listen(app, server);
    await turnOfEventLoop();
    expect(calls).toEqual([]);
    store.resolve();
    await isAnnounced();
  });

  it('is in no catalog while a module can never be ready, and says so', async () => {
    const told = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const store = Promise.reject(new Error('redis_url'));
    const providers = [{ provide: 'store', useValue: { [SHUTDOWN_STEPS]: stepsOf(store) } }];
    const { app, calls, server } = await appOf({ service: 'web' }, { providers });
    await listen(app, server);
    await until(() => told.mock.calls.length > 0, 10_000);
    expect(told).toHaveBeenCalledWith('this application is in no catalog: redis_url');
    expect(calls).toEqual([]);
    told.mockRestore();
  });

  it('is reached on the port that it says where the application listens on a Unix socket', async () => {
    const { definitions, begin } = await appOf({ service: 'web', port: 8_080 });
    await begin(unixSocket());
    expect(definitions).toMatchObject([{ port: 8_080, slot: `${hostname()}-8080` }]);
  });

  it('is in no catalog where nobody says the port of a Unix socket', async () => {
    const told = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const { app, calls, server } = await appOf({ service: 'web' });
    await listen(app, server, unixSocket());
    await until(() => told.mock.calls.length > 0, 10_000);
    expect(told).toHaveBeenCalledWith(expect.stringContaining('its registration has to say the port'));
    expect(calls).toEqual([]);
    told.mockRestore();
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

  it('says who it is in the catalog, once it is', async () => {
    const { app, begin } = await appOf({ service: 'web' });
    const steps = app.get(ReplicaRegistration, { strict: false })[SHUTDOWN_STEPS];
    expect(steps.identity?.()).toBeUndefined();
    await begin();
    expect(steps.identity?.()).toEqual({ service: 'web', instanceId: 'x' });
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

  it('announces one without a port when all modules of the application have started', async () => {
    const order: string[] = [];
    class Late {
      async onApplicationBootstrap(): Promise<void> {
        await turnOfEventLoop();
        order.push(...calls, 'started');
      }
    }
    // Of the root module, whose hooks come behind those of what it imports.
    const { app, calls, definitions, isAnnounced } = await appOf({ service: 'web', port: null }, { providers: [Late] });
    await app.init();
    await isAnnounced();
    expect(order).toEqual(['started']);
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
