import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Lifecycle } from '../lifecycle.ts';
import { type Leaver, leave } from './leave.ts';
import type { NoticeVerdict } from './notice.ts';
import { CLOSE_MS, TOLD_MS, WITHDRAW_MS } from './sums.ts';

class FakeResponse extends EventEmitter {
  req = { method: 'PUT', url: '/values/colour?secret=1', socket: {} };
  shouldKeepAlive = true;
  headersSent = false;
}
const asResponse = (fake: FakeResponse): ServerResponse => fake as unknown as ServerResponse;

const never = (): Promise<void> => new Promise(() => undefined);

function leaverWith(changes: Partial<Leaver> = {}): { leaver: Leaver; order: string[] } {
  const order: string[] = [];
  const note = (name: string) => async (): Promise<void> => {
    order.push(name);
  };
  const lifecycle = new Lifecycle(() => 0);
  lifecycle.ready();
  const verdicts: NoticeVerdict[] = [
    { over: false, waitMs: 5 },
    { over: true, why: 'time' },
  ];
  const leaver: Leaver = {
    lifecycle,
    sums: { noticeMs: 5, inFlightMs: 20, finishMs: 0, hardMs: 3_025 },
    log: { info: () => undefined, warn: () => undefined },
    maintenance: note('maintenance'),
    quiet: [{ name: 'quiet', run: note('quiet') }],
    stopListening: () => void order.push('stop'),
    connections: { count: 0, begun: 0 },
    finish: [{ name: 'finish', run: note('finish') }],
    cutConnections: () => void order.push('cut'),
    withdraw: note('withdraw'),
    close: [
      { name: 'jobs', run: note('jobs') },
      { name: 'redis', run: note('redis') },
    ],
    notice: () => verdicts.shift() ?? { over: true, why: 'time' },
    sleep: note('notice'),
    nowMs: () => 0,
    ...changes,
  };
  return { leaver, order };
}

describe('leave', () => {
  afterEach(() => void jest.useRealTimers());

  it('keeps the order: told, notice, stop, finish, deregister, Redis last', async () => {
    const { leaver, order } = leaverWith();
    await leave(leaver);
    expect(order.indexOf('maintenance')).toBeLessThan(order.indexOf('stop'));
    expect(order.indexOf('notice')).toBeLessThan(order.indexOf('stop'));
    expect(order.slice(order.indexOf('stop'))).toEqual(['stop', 'cut', 'finish', 'withdraw', 'jobs', 'redis']);
    expect(leaver.lifecycle.phase).toBe('stopped');
  });

  it('is not ready before anybody else is told', async () => {
    let phaseWhenTold = '';
    const { leaver } = leaverWith({ maintenance: async () => void (phaseWhenTold = leaver.lifecycle.phase) });
    await leave(leaver);
    expect(phaseWhenTold).toBe('draining');
  });

  it('serves on during the notice', async () => {
    const { promise, resolve: release } = Promise.withResolvers<void>();
    const { leaver, order } = leaverWith({ sleep: () => promise });
    const left = leave(leaver);
    await new Promise(setImmediate);
    expect(order).not.toContain('stop');
    release();
    await left;
    expect(order).toContain('stop');
  });

  it('goes on when a step fails', async () => {
    const { leaver, order } = leaverWith({ maintenance: () => Promise.reject(new Error('consul is away')) });
    await leave(leaver);
    expect(order.at(-1)).toBe('redis');
  });

  it('waits for what is in flight, and names what it had to cut without its query', async () => {
    const lines: object[] = [];
    const log = { info: () => undefined, warn: (fields: object) => void lines.push(fields) };
    const { leaver } = leaverWith({ log });
    const finished = new FakeResponse();
    const stuck = new FakeResponse();
    leaver.lifecycle.track(asResponse(finished));
    leaver.lifecycle.track(asResponse(stuck));
    finished.emit('close');
    expect(await leave(leaver)).toBe(1);
    expect(stuck.shouldKeepAlive).toBe(false);
    expect(lines).toEqual([
      { event: 'leaving.cut', requests: 1, cut: [{ method: 'PUT', path: '/values/colour', age_ms: 0 }], begun: 0 },
    ]);
  });

  it('tells streams to go after it stopped accepting, and waits for them', async () => {
    const { leaver, order } = leaverWith();
    const { lifecycle } = leaver;
    const stream = new FakeResponse();
    lifecycle.track(asResponse(stream));
    lifecycle.streamsEnd.addEventListener('abort', () => {
      order.push('streams');
      stream.emit('close');
    });
    expect(await leave(leaver)).toBe(0);
    expect(order.indexOf('stop')).toBeLessThan(order.indexOf('streams'));
    expect(order.indexOf('streams')).toBeLessThan(order.indexOf('cut'));
  });

  it('is not held up by a catalog that does not answer', async () => {
    jest.useFakeTimers();
    const { leaver, order } = leaverWith({ maintenance: never, withdraw: never });
    const left = leave(leaver);
    await jest.advanceTimersByTimeAsync(TOLD_MS - 1);
    expect(order).not.toContain('stop');
    await jest.advanceTimersByTimeAsync(1);
    expect(order).toContain('finish');
    await jest.advanceTimersByTimeAsync(WITHDRAW_MS);
    expect(await left).toBe(0);
    expect(order.at(-1)).toBe('redis');
    expect(TOLD_MS + WITHDRAW_MS).toBeLessThan(CLOSE_MS);
  });

  it('tells the catalog only what it has really taken', async () => {
    const away = leaverWith({ maintenance: () => Promise.reject(new Error('consul is away')) });
    await leave(away.leaver);
    expect(away.leaver.lifecycle.evidence.facts().sinceToldMs).toBeUndefined();
    const there = leaverWith();
    await leave(there.leaver);
    expect(there.leaver.lifecycle.evidence.facts().sinceToldMs).toBe(0);
  });
});
