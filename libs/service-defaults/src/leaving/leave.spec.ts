import { describe, expect, it } from '@jest/globals';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Lifecycle } from '../lifecycle.ts';
import { type Leaver, leave } from './leave.ts';
import { leavingSums } from './sums.ts';

class FakeResponse extends EventEmitter {
  shouldKeepAlive = true;
  headersSent = false;
}
const asResponse = (fake: FakeResponse): ServerResponse => fake as unknown as ServerResponse;

function leaverWith(changes: Partial<Leaver> = {}): { leaver: Leaver; order: string[] } {
  const order: string[] = [];
  const note = (name: string) => async (): Promise<void> => {
    order.push(name);
  };
  const lifecycle = new Lifecycle();
  lifecycle.ready();
  const leaver: Leaver = {
    lifecycle,
    sums: leavingSums(['gateway'], { inFlightMs: 20, finishMs: 0 }),
    log: { info: () => undefined, warn: () => undefined },
    maintenance: note('maintenance'),
    quiet: [{ name: 'quiet', run: note('quiet') }],
    stopListening: () => void order.push('stop'),
    finish: [{ name: 'finish', run: note('finish') }],
    cutConnections: () => void order.push('cut'),
    withdraw: note('withdraw'),
    close: [
      { name: 'jobs', run: note('jobs') },
      { name: 'redis', run: note('redis') },
    ],
    sleep: note('notice'),
    nowMs: () => 0,
    ...changes,
  };
  return { leaver, order };
}

describe('leave', () => {
  it('keeps the order: told, notice, stop, finish, deregister, Redis last (pains 9, 10)', async () => {
    const { leaver, order } = leaverWith();
    await leave(leaver);
    expect(order.indexOf('maintenance')).toBeLessThan(order.indexOf('stop'));
    expect(order.indexOf('notice')).toBeLessThan(order.indexOf('stop'));
    expect(order.slice(order.indexOf('stop'))).toEqual(['stop', 'cut', 'finish', 'withdraw', 'jobs', 'redis']);
    expect(leaver.lifecycle.phase).toBe('stopped');
  });

  it('is not ready before anybody else is told (pain 15)', async () => {
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

  it('waits for what is in flight and counts what it had to cut', async () => {
    const { leaver } = leaverWith();
    const finished = new FakeResponse();
    const stuck = new FakeResponse();
    leaver.lifecycle.track(asResponse(finished));
    leaver.lifecycle.track(asResponse(stuck));
    finished.emit('close');
    expect(await leave(leaver)).toBe(1);
    expect(stuck.shouldKeepAlive).toBe(false);
  });
});

describe('leavingSums', () => {
  it('takes the longest notice of all front doors and adds up', () => {
    expect(leavingSums(['gateway', 'haproxy'], { inFlightMs: 10_000, finishMs: 0 })).toEqual({
      noticeMs: 3_000,
      inFlightMs: 10_000,
      finishMs: 0,
      hardMs: 16_000,
    });
  });
});
