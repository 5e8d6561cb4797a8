import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { CONTROL_PATTERNS, controlChange, type ControlChange, controlDescription } from '@nestfleet/contracts';
import { Controller, Module } from '@nestjs/common';
import { ClientTCP, MessagePattern } from '@nestjs/microservices';
import { firstValueFrom, timeout } from 'rxjs';
import { pino } from 'pino';
import type { ServiceSpec } from '../composition.ts';
import type { Ports, Step } from '../hooks.ts';
import type { ServiceContext } from '../service-context.ts';
import { startService, type StartedService } from '../boot/start-service.ts';
import { baseConfig } from '../config/base-config.ts';
import { loadConfig } from '../config/environment.ts';
import { identify } from '../identity.ts';
import { shutdown } from '../shutdown/shutdown-sequence.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { createMetrics } from '../metrics.ts';

const TOKEN = 'a-token-that-only-this-test-knows';

@Controller()
class DataController {
  @MessagePattern('data')
  data(): number {
    return 42;
  }
}

@Module({ controllers: [DataController] })
class DataModule {}

const shape = baseConfig({ httpPort: 0 });
const config = loadConfig(shape, {
  PORT: '0',
  METRICS_PORT: '0',
  CONTROL_PORT: '0',
  CONTROL_TOKEN: TOKEN,
  SLOT: '7',
  INSTANCE_NAME: 'unit-7',
});
const upstreams = [
  {
    service: 'other',
    as_of_ms: 5,
    age_ms: 12,
    stale: false,
    cached: false,
    instances: { passing: 2, critical: 1, maintenance: 0 },
    ejected: [{ id: 'other-1-1', why: 'refused' as const, failures: 1, until_ms: 1_005 }],
    ejected_count: 1,
  },
];

/** A service as it boots, whose catalog is a list of its calls. */
async function boot() {
  const calls: string[] = [];
  const catalog = { isAway: false };
  const ready = Promise.withResolvers<void>();
  const announced = Promise.withResolvers<Ports>();
  const identity = identify('unit', '1.2.3', config, { hostname: 'box', pid: 1, nowMs: 1_000 });
  const lifecycle = new Lifecycle();
  const log = pino({ level: 'silent' });
  const context: ServiceContext<typeof config> = {
    config,
    identity,
    lifecycle,
    log,
    metrics: createMetrics(identity, lifecycle),
  };
  const note = (word: string) => async () => void calls.push(word);
  const spec: ServiceSpec<typeof shape> = {
    name: 'unit',
    version: '1.2.3',
    title: 'Unit',
    description: 'x',
    config: shape,
    compose: () => ({
      module: DataModule,
      rpcPort: 0,
      firstReady: () => ready.promise,
      registration: {
        announce: announced.resolve,
        maintenance: async (on) => {
          calls.push(`maintenance ${on ? 'on' : 'off'}`);
          if (catalog.isAway) throw new Error('no agent answers');
        },
        withdraw: note('withdraw'),
      },
      onDrain: [
        { name: 'work', run: note('pause'), resume: note('resume') },
        { name: 'for good', run: note('for good') },
      ],
      onClose: [
        { name: 'jobs', run: note('jobs closed') },
        { name: 'redis', run: note('redis closed') },
      ],
      upstreams: () => upstreams,
      workInFlight: () => 3,
    }),
  };
  const running: StartedService = await startService(spec, context);
  return { running, lifecycle, identity, calls, catalog, getReady: ready.resolve, ports: announced.promise };
}

describe('the control plane of a service', () => {
  let service: Awaited<ReturnType<typeof boot>>;
  let ports: Ports;
  const clients: ClientTCP[] = [];
  const clientOf = (port: number | null): ClientTCP => {
    const client = new ClientTCP({ host: '127.0.0.1', port: port ?? 0 });
    clients.push(client);
    return client;
  };
  const ask = (pattern: string, change: object = {}, port = ports.control): Promise<unknown> => {
    const message = { token: TOKEN, instance_id: service.identity.instanceId, ...change };
    return firstValueFrom(clientOf(port).send<unknown>(pattern, message).pipe(timeout(20_000)));
  };
  const change = async (pattern: string): Promise<ControlChange> => controlChange.parse(await ask(pattern));
  const get = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${ports.http}${path}`);
  const shutDown = (beforeClose: readonly Step[] = []): Promise<number> =>
    shutdown({
      ...service.running,
      beforeClose,
      lifecycle: service.lifecycle,
      timeouts: { drainDelayMs: 0, inFlightMs: 10_000, finishMs: 0, hardMs: 10_000 },
      log: pino({ level: 'silent' }),
      drainDelay: () => ({ over: true, why: 'time' }),
      sleep: (ms) => sleep(ms),
      nowMs: () => performance.now(),
    });

  beforeEach(async () => {
    service = await boot();
    service.getReady();
    ports = await service.ports;
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    if (!service.lifecycle.isShuttingDown) await shutDown();
  });

  it('describes this instance, its load and its view of others', async () => {
    await get('/livez');
    await get('/openapi.json');
    const described = controlDescription.parse(await ask(CONTROL_PATTERNS.describe));
    expect(described).toMatchObject({
      service: 'unit',
      instance_id: 'unit-7-1000',
      name: 'unit-7',
      version: '1.2.3',
      started_at_ms: 1_000,
      phase: 'serving',
      load: { in_flight: 3 },
      upstreams,
    });
    expect(described.load.requests_per_second).toBeGreaterThan(0);
    expect(described.memory.rss_bytes).toBeGreaterThan(described.memory.heap_used_bytes);
    expect(described.event_loop_lag.p99_ms).toBeGreaterThanOrEqual(described.event_loop_lag.p50_ms);
  });

  it.each([
    ['another token', { token: 'b'.repeat(33) }, 'control_unauthorized'],
    ['no token', { token: undefined }, 'control_invalid_message'],
    ['another token for another instance', { token: 'x', instance_id: 'unit-7-1' }, 'control_unauthorized'],
    ['the id of an earlier run on this address', { instance_id: 'unit-7-1' }, 'control_wrong_instance'],
    ['a key that it does not know', { force: true }, 'control_invalid_message'],
  ])('refuses a message with %s and does nothing', async (_name, changed, code) => {
    for (const pattern of Object.values(CONTROL_PATTERNS))
      await expect(ask(pattern, changed)).rejects.toMatchObject({ code, message: expect.any(String) });
    expect(service.calls).toEqual([]);
    expect((await get('/readyz')).status).toBe(200);
  });

  it('takes itself out of service and back, serving all the while; each twice', async () => {
    const out = { instance_id: 'unit-7-1000', phase: 'drained', catalog: 'told' };
    expect(await change(CONTROL_PATTERNS.drain)).toEqual(out);
    expect(await change(CONTROL_PATTERNS.drain)).toEqual(out);
    expect(service.calls).toEqual(['maintenance on', 'pause', 'maintenance on', 'pause']);
    const unready = await get('/readyz');
    expect([unready.status, await unready.json()]).toEqual([404, expect.objectContaining({ code: 'drained' })]);
    const served = await get('/openapi.json');
    expect([served.status, served.headers.get('connection')]).toEqual([200, 'close']);
    expect(controlDescription.parse(await ask(CONTROL_PATTERNS.describe)).phase).toBe('drained');

    service.calls.length = 0;
    expect(await change(CONTROL_PATTERNS.undrain)).toEqual({ ...out, phase: 'serving' });
    expect(await change(CONTROL_PATTERNS.undrain)).toEqual({ ...out, phase: 'serving' });
    expect(service.calls).toEqual(['resume', 'maintenance off', 'resume', 'maintenance off']);
    expect((await get('/readyz')).status).toBe(200);
    expect((await get('/openapi.json')).headers.get('connection')).toBe('keep-alive');
  });

  it('ends in the state that was asked for last when commands come at once', async () => {
    const orders = [CONTROL_PATTERNS.drain, CONTROL_PATTERNS.undrain, CONTROL_PATTERNS.drain].map(change);
    expect((await Promise.all(orders)).map(({ phase }) => phase)).toEqual(['drained', 'serving', 'drained']);
    expect(service.calls.at(-1)).toBe('pause');
  });

  it('says that the catalog does not know it yet', async () => {
    service.catalog.isAway = true;
    expect(await change(CONTROL_PATTERNS.drain)).toMatchObject({ phase: 'drained', catalog: 'pending' });
  });

  it('shuts down as usual after a drain, and answers while it does', async () => {
    await change(CONTROL_PATTERNS.drain);
    const answers: unknown[] = [];
    const during = async (): Promise<void> => {
      answers.push(await ask(CONTROL_PATTERNS.describe));
      await expect(ask(CONTROL_PATTERNS.undrain)).rejects.toMatchObject({ code: 'control_not_now' });
    };
    expect(await shutDown([{ name: 'asks', run: during }])).toBe(0);
    expect(answers).toMatchObject([{ phase: 'draining' }]);
    expect(service.calls.slice(-4)).toEqual(['for good', 'withdraw', 'jobs closed', 'redis closed']);
    await expect(ask(CONTROL_PATTERNS.describe)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('answers no data message, and the data port none of the control plane', async () => {
    expect(await ask('data', {}, ports.rpc)).toBe(42);
    await expect(ask('data')).rejects.toMatch(/no matching message handler/);
    for (const pattern of Object.values(CONTROL_PATTERNS))
      await expect(ask(pattern, {}, ports.rpc)).rejects.toMatch(/no matching message handler/);
  });

  it('does nothing for a message that asks for no reply', async () => {
    const client = clientOf(ports.control);
    await firstValueFrom(client.emit(CONTROL_PATTERNS.drain, { token: TOKEN, instance_id: 'unit-7-1000' }), {
      defaultValue: undefined,
    });
    expect(controlDescription.parse(await ask(CONTROL_PATTERNS.describe)).phase).toBe('serving');
  });

  it('closes a connection that sends more than a message can be', async () => {
    const socket = connect(ports.control ?? 0, '127.0.0.1').on('error', () => undefined);
    socket.write(`99999#"${'x'.repeat(40_000)}`);
    await once(socket.resume(), 'close');
    expect(socket.bytesRead).toBe(0);
  });
});
