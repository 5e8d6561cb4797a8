import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import type { Running } from '../boot/start-service.ts';
import { baseConfig } from '../config/base-config.ts';
import { loadConfig } from '../config/environment.ts';
import { identify } from '../identity.ts';
import { Lifecycle } from '../lifecycle.ts';
import { createMetrics } from '../metrics.ts';
import { GracefulShutdown } from './graceful-shutdown.ts';
import { leavingSums } from './sums.ts';

const broken = (): never => {
  throw new Error('broken');
};
const config = loadConfig(baseConfig({ httpPort: 0 }), { INSTANCE_NAME: 'unit-1', BALANCER: 'none' });
const { hardMs } = leavingSums(config);
const never = (): Promise<void> => new Promise(() => undefined);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const nothing = async (): Promise<void> => undefined;

/** A service that leaves at once, but for `changes`, and the process around it. */
function serviceWith(changes: Partial<Running> = {}, isRunning = true) {
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'info' },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const lifecycle = new Lifecycle();
  lifecycle.ready();
  const identity = identify('unit', '1.0.0', config, { hostname: 'box', pid: 1, nowMs: 1 });
  const running: Running = {
    maintenance: nothing,
    quiet: [],
    stopListening: () => undefined,
    connections: { count: 0, begun: 0 },
    finish: [],
    cutConnections: () => undefined,
    withdraw: nothing,
    close: [],
    cutNow: () => ({ cut: [{ method: 'GET', path: '/reports', age_ms: 7 }], work: 2 }),
    ...changes,
  };
  const events = new EventEmitter();
  const codes: number[] = [];
  const host = Object.assign(events, { exit: (code: number) => void codes.push(code) as never });
  const context = { config, identity, lifecycle, log, metrics: createMetrics(identity, lifecycle) };
  const shutdown = new GracefulShutdown(context, host);
  if (isRunning) shutdown.leaves(running);
  return {
    codes,
    lifecycle,
    send: (signal: NodeJS.Signals) => events.emit(signal, signal),
    fail: (fault: unknown, origin = 'uncaughtException') => events.emit(origin, fault),
    saidOf: (event: string) => lines.filter((line) => line['event'] === event),
  };
}

describe('a graceful shutdown', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const)('%s: leaves, and ends with 0', async (signal) => {
    const { codes, send, saidOf } = serviceWith();
    send(signal);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(codes).toEqual([0]);
    expect(saidOf('left')).toEqual([expect.objectContaining({ cut: 0 })]);
    expect(saidOf('leaving.cut')).toEqual([]);
  });

  it('ends at the hard deadline with 1 and a line that names what is cut', async () => {
    const { codes, send, saidOf } = serviceWith({ close: [{ name: 'redis', run: never }] });
    send('SIGTERM');
    await jest.advanceTimersByTimeAsync(hardMs - 1);
    expect(codes).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(codes).toEqual([1]);
    expect(saidOf('leaving.cut')).toEqual([
      expect.objectContaining({
        hard_ms: hardMs,
        cut: [{ method: 'GET', path: '/reports', age_ms: 7 }],
        work: 2,
        msg: expect.stringContaining('hard deadline'),
      }),
    ]);
  });

  it('a second signal ends it at once with 1 and such a line, whichever it is', async () => {
    const { codes, send, saidOf } = serviceWith({ finish: [{ name: 'jobs', run: never }] });
    send('SIGTERM');
    await jest.advanceTimersByTimeAsync(10);
    expect(codes).toEqual([]);
    send('SIGINT');
    expect(codes).toEqual([1]);
    expect(saidOf('leaving.cut')).toEqual([
      expect.objectContaining({ signal: 'SIGINT', msg: expect.stringContaining('second signal') }),
    ]);
  });

  it('a terminal that is closed may say so twice', async () => {
    const { codes, send, saidOf } = serviceWith({ finish: [{ name: 'jobs', run: () => sleep(10) }] });
    send('SIGHUP');
    await jest.advanceTimersByTimeAsync(5);
    send('SIGHUP');
    await jest.advanceTimersByTimeAsync(1_000);
    expect(codes).toEqual([0]);
    expect(saidOf('leaving.cut')).toEqual([]);
  });
});

describe('a fault that nothing caught', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it.each(['uncaughtException', 'unhandledRejection'])(
    '%s: is told once with its stack, leaves, and ends with 70',
    async (origin) => {
      const order: string[] = [];
      const { codes, fail, saidOf, lifecycle } = serviceWith({ withdraw: async () => void order.push('withdraw') });
      fail(new Error('broken'), origin);
      expect(lifecycle.phase).toBe('draining');
      await jest.advanceTimersByTimeAsync(1_000);
      expect(order).toEqual(['withdraw']);
      expect(codes).toEqual([70]);
      expect(saidOf('fault')).toEqual([
        expect.objectContaining({
          origin,
          err: expect.objectContaining({ stack: expect.stringContaining('Error: broken\n') }),
        }),
      ]);
      expect(saidOf('left')).toHaveLength(1);
    },
  );

  it('ends a process that has nothing to leave yet at once', () => {
    const { codes, fail, saidOf } = serviceWith({}, false);
    fail(new Error('broken'));
    expect(codes).toEqual([70]);
    expect(saidOf('fault')).toHaveLength(1);
  });

  it('that comes again neither stops nor prolongs the leaving, and is not told without end', async () => {
    const { codes, fail, saidOf } = serviceWith({ close: [{ name: 'redis', run: never }] });
    const again = setInterval(() => fail(new Error('again')), 10);
    await jest.advanceTimersByTimeAsync(hardMs);
    expect(codes).toEqual([]);
    await jest.advanceTimersByTimeAsync(10);
    clearInterval(again);
    expect(codes).toEqual([70]);
    expect(saidOf('fault')).toHaveLength(10);
    expect(saidOf('leaving')).toHaveLength(1);
  });

  it('within a leaving that a signal has begun makes its code 70', async () => {
    const { codes, send, fail, saidOf } = serviceWith({ finish: [{ name: 'jobs', run: () => sleep(10) }] });
    send('SIGTERM');
    await jest.advanceTimersByTimeAsync(5);
    fail(new Error('broken'));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(codes).toEqual([70]);
    expect(saidOf('left')).toEqual([expect.objectContaining({ cut: 0 })]);
  });

  const unreadable = new Proxy(new Error('x'), {
    get: () => {
      throw new Error('not to be read');
    },
  });
  it.each([
    ['undefined', undefined],
    ['null', null],
    ['text', 'broken'],
    ['a symbol', Symbol('broken')],
    ['an object without a prototype', Object.create(null)],
    ['what cannot be looked at', unreadable],
  ])('may be %s', async (_name, fault) => {
    const { codes, fail, saidOf } = serviceWith();
    fail(fault);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(saidOf('fault')).toHaveLength(1);
    expect(codes).toEqual([70]);
  });

  it('of the leaving itself ends the process too', async () => {
    const { codes, fail } = serviceWith({ cutConnections: broken });
    fail(new Error('first'));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(codes).toEqual([70]);
  });
});
