import { afterEach, describe, expect, it } from '@jest/globals';
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { within } from '@nestfleet/timing';
import { Module } from '@nestjs/common';
import { pino } from 'pino';
import { baseConfig } from '../config/base-config.ts';
import { loadConfig } from '../config/environment.ts';
import { identify } from '../identity.ts';
import { GracefulShutdown } from '../shutdown/graceful-shutdown.ts';
import { shutdown } from '../shutdown/shutdown-sequence.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { createMetrics } from '../metrics.ts';
import type { Composition } from '../composition.ts';
import { bootExitCode } from '../exit-codes.ts';
import { startService, type StartedService } from './start-service.ts';

@Module({})
class EmptyModule {}

const shape = baseConfig({ httpPort: 0 });
const config = loadConfig(shape, {
  PORT: '0',
  METRICS_PORT: '0',
  CONTROL_PORT: '0',
  INSTANCE_NAME: 'unit-1',
  BALANCER: 'none',
});

async function boot(composition: Omit<Composition, 'module'>, changes: Partial<typeof config> = {}) {
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'info' },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const identity = identify('unit', '1.0.0', config, { hostname: 'box', pid: 1, nowMs: 1 });
  const lifecycle = new Lifecycle();
  const context = {
    config: { ...config, ...changes },
    identity,
    lifecycle,
    log,
    metrics: createMetrics(identity, lifecycle),
  };
  const spec = { name: 'unit', version: '1.0.0', title: 'Unit', description: 'x', config: shape };
  const started = await startService({ ...spec, compose: () => ({ module: EmptyModule, ...composition }) }, context);
  const shutDown = (): Promise<number> =>
    shutdown({
      ...started,
      lifecycle,
      timeouts: { drainDelayMs: 0, inFlightMs: 0, finishMs: 0, hardMs: 0 },
      log,
      drainDelay: () => ({ over: true, why: 'time' }),
      sleep: (ms) => sleep(ms),
      nowMs: () => performance.now(),
    });
  return { started, context, lines, lifecycle, shutDown };
}

/** The process around it: which code it ends with. */
async function endOf(started: StartedService, context: Awaited<ReturnType<typeof boot>>['context']): Promise<number> {
  const exit = Promise.withResolvers<number>();
  const host = Object.assign(new EventEmitter(), { exit: (code: number) => exit.resolve(code) as never });
  const graceful = new GracefulShutdown(context, host);
  graceful.handleSignals(started);
  started.firstReady.catch((error: unknown) => graceful.bootFailed(started, error));
  return exit.promise;
}

interface Listening {
  event?: string;
  ports?: { http: number };
}

const urlIn = (lines: readonly Listening[]): string =>
  `http://127.0.0.1:${lines.find(({ event }) => event === 'listening')?.ports?.http}`;

describe('the first readiness of a service', () => {
  const left: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const end of left.splice(0)) await end();
  });

  it.each([
    ['a queue that nobody knows', Object.assign(new Error('Queue "x" is not known'), { code: 'unknown_queue' }), 78],
    ['what is no Error', null, 78],
    ['a port that is in use', Object.assign(new Error('EADDRINUSE'), { syscall: 'listen' }), 69],
  ])('%s ends the process in order, with its code', async (_what, fault, code) => {
    const ended: string[] = [];
    const { started, context, lines } = await boot({
      firstReady: () => Promise.reject(fault),
      beforeClose: [{ name: 'jobs', run: async () => void ended.push('jobs') }],
      onClose: [{ name: 'redis', run: async () => void ended.push('redis') }],
    });
    expect(await endOf(started, context)).toBe(code);
    expect(ended).toEqual(['jobs', 'redis']);
    const words = fault === null ? 'null was thrown' : fault.message;
    expect(lines).toContainEqual(
      expect.objectContaining({ event: 'boot.failed', level: 60, msg: `cannot get ready: ${words}` }),
    );
  });

  it('waits for as long as it takes, and is none where the service shuts down before', async () => {
    const waiting = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const { started, lifecycle, shutDown } = await boot({
      firstReady: () => {
        asked.resolve();
        return waiting.promise;
      },
      onClose: [{ name: 'redis', run: async () => waiting.reject(new Error('closed before Redis was reached')) }],
    });
    await asked.promise;
    expect(lifecycle.phase).toBe('starting');
    await shutDown();
    await expect(started.firstReady).resolves.toBeUndefined();
  });

  it('is what requests wait for that come before it, health checks aside', async () => {
    const waiting = Promise.withResolvers<void>();
    const { lines, shutDown } = await boot({ firstReady: () => waiting.promise });
    left.push(shutDown);
    const url = urlIn(lines);
    const early = fetch(`${url}/nothing`);
    expect([(await fetch(`${url}/livez`)).status, (await fetch(`${url}/readyz`)).status]).toEqual([200, 503]);
    expect(await within(early, 100)).toBe(false);
    waiting.resolve();
    expect((await early).status).toBe(404);
  });

  it('is not waited for longer than 2 s, nor over a shutdown', async () => {
    const waiting = Promise.withResolvers<void>();
    const { lines, shutDown } = await boot({ firstReady: () => waiting.promise });
    const url = urlIn(lines);
    const startMs = performance.now();
    expect((await fetch(`${url}/nothing`)).status).toBe(404);
    expect(performance.now() - startMs).toBeGreaterThan(1_900);
    const early = fetch(`${url}/nothing`);
    // In flight, or it would be refused.
    await within(early, 100);
    const ended = shutDown();
    expect((await early).status).toBe(404);
    waiting.resolve();
    await ended;
  });

  it('resolves once the service is ready', async () => {
    const { started, lifecycle, shutDown } = await boot({ firstReady: () => Promise.resolve() });
    left.push(shutDown);
    await started.firstReady;
    expect(lifecycle.phase).toBe('serving');
  });
});

/** Reserved for documents (RFC 5737), so no machine has it. */
const NOT_OURS = '203.0.113.9';

const codeOf = async (rpcPort: number, host: string): Promise<number | undefined> => {
  try {
    await boot({ rpcPort }, { INNER_HOST: host });
  } catch (error) {
    return bootExitCode(error);
  }
  return undefined;
};

describe('a socket that cannot be had', () => {
  it('ends the boot, also where only callers of messages are listened for', async () => {
    expect(await codeOf(0, NOT_OURS)).toBe(78);
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    expect(await codeOf((taken.address() as AddressInfo).port, '127.0.0.1')).toBe(69);
    taken.close();
  });
});
