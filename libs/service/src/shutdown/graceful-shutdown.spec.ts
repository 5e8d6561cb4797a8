import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import { baseConfig } from '../config/base-config.ts';
import { loadConfig } from '../config/environment.ts';
import { identify } from '../identity.ts';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { createMetrics } from '../metrics.ts';
import { GracefulShutdown, type RunningService } from './graceful-shutdown.ts';
import { shutdownTimeouts } from './timeouts.ts';

const broken = (): never => {
  throw new Error('broken');
};
const config = loadConfig(baseConfig({ httpPort: 0 }), { INSTANCE_NAME: 'unit-1', BALANCER: 'none' });
const { hardMs } = shutdownTimeouts(config);
const never = (): Promise<void> => new Promise(() => undefined);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const nothing = async (): Promise<void> => undefined;

/** A service that shuts down at once, but for `changes`, and the process around it. */
function serviceWith(changes: Partial<RunningService> = {}, isRunning = true) {
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'info' },
    { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const lifecycle = new Lifecycle();
  lifecycle.ready();
  const identity = identify('unit', '1.0.0', config, { hostname: 'box', pid: 1, nowMs: 1 });
  const running: RunningService = {
    maintenance: nothing,
    onDrain: [],
    stopListening: () => undefined,
    connections: { count: 0, begun: 0 },
    beforeClose: [],
    cutConnections: () => undefined,
    withdraw: nothing,
    onClose: [],
    cutNow: () => ({ cut: [{ method: 'GET', path: '/reports', age_ms: 7 }], work: 2 }),
    ...changes,
  };
  const events = new EventEmitter();
  const codes: number[] = [];
  const host = Object.assign(events, { exit: (code: number) => void codes.push(code) as never });
  const context = { config, identity, lifecycle, log, metrics: createMetrics(identity, lifecycle) };
  const shutdown = new GracefulShutdown(context, host);
  if (isRunning) shutdown.handleSignals(running);
  return {
    codes,
    lifecycle,
    shutdown,
    running,
    heard: () => events.eventNames(),
    send: (signal: NodeJS.Signals) => events.emit(signal, signal),
    fail: (fault: unknown, origin = 'uncaughtException') => events.emit(origin, fault),
    linesOf: (event: string) => lines.filter((line) => line['event'] === event),
  };
}

describe('a graceful shutdown', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const)('%s: shuts down, and ends with 0', async (signal) => {
    const { codes, send, linesOf } = serviceWith();
    send(signal);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(codes).toEqual([0]);
    expect(linesOf('shutdown.completed')).toEqual([expect.objectContaining({ cut: 0 })]);
    expect(linesOf('shutdown.cut')).toEqual([]);
  });

  it('ends at the hard deadline with 1 and a line that names what is cut', async () => {
    const { codes, send, linesOf } = serviceWith({ onClose: [{ name: 'redis', run: never }] });
    send('SIGTERM');
    await jest.advanceTimersByTimeAsync(hardMs - 1);
    expect(codes).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(codes).toEqual([1]);
    expect(linesOf('shutdown.cut')).toEqual([
      expect.objectContaining({
        hard_ms: hardMs,
        cut: [{ method: 'GET', path: '/reports', age_ms: 7 }],
        work: 2,
        msg: expect.stringContaining('hard deadline'),
      }),
    ]);
  });

  it('a second signal ends it at once with 1 and such a line, whichever it is', async () => {
    const { codes, send, linesOf } = serviceWith({ beforeClose: [{ name: 'jobs', run: never }] });
    send('SIGTERM');
    await jest.advanceTimersByTimeAsync(10);
    expect(codes).toEqual([]);
    send('SIGINT');
    expect(codes).toEqual([1]);
    expect(linesOf('shutdown.cut')).toEqual([
      expect.objectContaining({ signal: 'SIGINT', msg: expect.stringContaining('second signal') }),
    ]);
  });

  it('a terminal that is closed may send its signal twice', async () => {
    const { codes, send, linesOf } = serviceWith({ beforeClose: [{ name: 'jobs', run: () => sleep(10) }] });
    send('SIGHUP');
    await jest.advanceTimersByTimeAsync(5);
    send('SIGHUP');
    await jest.advanceTimersByTimeAsync(1_000);
    expect(codes).toEqual([0]);
    expect(linesOf('shutdown.cut')).toEqual([]);
  });
});

describe('a shutdown by who closes the service', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('has the same steps, without a line, a hard deadline and an end of the process', async () => {
    const order: string[] = [];
    const { codes, shutdown, running, linesOf, heard } = serviceWith({
      withdraw: async () => void order.push('withdraw'),
    });
    const closed = shutdown.close(running);
    await jest.advanceTimersByTimeAsync(hardMs + 1);
    expect(await closed).toBe(0);
    shutdown.dispose();
    expect([order, codes, linesOf('shutdown.step'), heard()]).toEqual([['withdraw'], [], [], []]);
  });

  it('is the one that a signal meanwhile waits for, which ends the process', async () => {
    const order: string[] = [];
    const finish = async (): Promise<void> => {
      await sleep(10);
      order.push('jobs');
    };
    const { codes, shutdown, running, send } = serviceWith({ beforeClose: [{ name: 'jobs', run: finish }] });
    const closed = shutdown.close(running);
    await jest.advanceTimersByTimeAsync(5);
    send('SIGTERM');
    expect(shutdown.isEnding).toBe(true);
    await jest.advanceTimersByTimeAsync(1_000);
    expect([await closed, order, codes]).toEqual([0, ['jobs'], [0]]);
  });
});

describe('a fault that nothing caught', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it.each(['uncaughtException', 'unhandledRejection'])(
    '%s: is logged once with its stack, shuts down, and ends with 70',
    async (origin) => {
      const order: string[] = [];
      const { codes, fail, linesOf, lifecycle } = serviceWith({ withdraw: async () => void order.push('withdraw') });
      fail(new Error('broken'), origin);
      expect(lifecycle.phase).toBe('draining');
      await jest.advanceTimersByTimeAsync(1_000);
      expect(order).toEqual(['withdraw']);
      expect(codes).toEqual([70]);
      expect(linesOf('fault')).toEqual([
        expect.objectContaining({
          origin,
          err: expect.objectContaining({ stack: expect.stringContaining('Error: broken\n') }),
        }),
      ]);
      expect(linesOf('shutdown.completed')).toHaveLength(1);
    },
  );

  it('ends a process in which no service has started yet at once', () => {
    const { codes, fail, linesOf } = serviceWith({}, false);
    fail(new Error('broken'));
    expect(codes).toEqual([70]);
    expect(linesOf('fault')).toHaveLength(1);
  });

  it('that comes again neither stops nor prolongs the shutdown, and is not logged without end', async () => {
    const { codes, fail, linesOf } = serviceWith({ onClose: [{ name: 'redis', run: never }] });
    const again = setInterval(() => fail(new Error('again')), 10);
    await jest.advanceTimersByTimeAsync(hardMs);
    expect(codes).toEqual([]);
    await jest.advanceTimersByTimeAsync(10);
    clearInterval(again);
    expect(codes).toEqual([70]);
    expect(linesOf('fault')).toHaveLength(10);
    expect(linesOf('shutdown.started')).toHaveLength(1);
  });

  it('within a shutdown that a signal has begun makes its code 70', async () => {
    const { codes, send, fail, linesOf } = serviceWith({ beforeClose: [{ name: 'jobs', run: () => sleep(10) }] });
    send('SIGTERM');
    await jest.advanceTimersByTimeAsync(5);
    fail(new Error('broken'));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(codes).toEqual([70]);
    expect(linesOf('shutdown.completed')).toEqual([expect.objectContaining({ cut: 0 })]);
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
    const { codes, fail, linesOf } = serviceWith();
    fail(fault);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(linesOf('fault')).toHaveLength(1);
    expect(codes).toEqual([70]);
  });

  it('of the shutdown itself ends the process too', async () => {
    const { codes, fail } = serviceWith({ cutConnections: broken });
    fail(new Error('first'));
    await jest.advanceTimersByTimeAsync(1_000);
    expect(codes).toEqual([70]);
  });
});
