import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { pino } from 'pino';
import type { Running } from '../boot/start-service.ts';
import { baseConfig } from '../config/base-config.ts';
import { loadConfig } from '../config/environment.ts';
import { identify } from '../identity.ts';
import { Lifecycle } from '../lifecycle.ts';
import { createMetrics } from '../metrics.ts';
import { leaveOnSignals } from './on-signals.ts';
import { leavingSums } from './sums.ts';

const config = loadConfig(baseConfig({ httpPort: 0 }), { INSTANCE_NAME: 'unit-1', BALANCER: 'none' });
const { hardMs } = leavingSums(config);
const never = (): Promise<void> => new Promise(() => undefined);
const nothing = async (): Promise<void> => undefined;

/** A service that leaves at once, but for `changes`, and the process around it. */
function serviceWith(changes: Partial<Running> = {}) {
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
  const signals = new EventEmitter();
  const codes: number[] = [];
  const host = {
    on: (signal: NodeJS.Signals, heard: (signal: NodeJS.Signals) => void) => signals.on(signal, heard),
    exit: (code: number) => void codes.push(code) as never,
  };
  leaveOnSignals({ config, identity, lifecycle, log, metrics: createMetrics(identity, lifecycle) }, running, host);
  return {
    codes,
    send: (signal: NodeJS.Signals) => signals.emit(signal, signal),
    saidOf: (event: string) => lines.filter((line) => line['event'] === event),
  };
}

describe('leaveOnSignals', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it.each(['SIGTERM', 'SIGINT'] as const)('%s: leaves, and ends with 0', async (signal) => {
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
});
