import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { answeredDuringStall } from '@nestfleet/timing/testing';
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Lifecycle } from '../lifecycle/lifecycle.ts';
import { shutdown, type ShutdownHooks } from './shutdown-sequence.ts';
import type { DrainDelayVerdict } from './drain-delay.ts';
import { CLOSE_MS, DEREGISTER_MS, MAINTENANCE_MS } from './timeouts.ts';

class FakeResponse extends EventEmitter {
  req = { method: 'PUT', url: '/values/colour?secret=1', socket: new EventEmitter() };
  shouldKeepAlive = true;
  headersSent = false;
}
const asResponse = (fake: FakeResponse): ServerResponse => fake as unknown as ServerResponse;

const never = (): Promise<void> => new Promise(() => undefined);

function hooksWith(changes: Partial<ShutdownHooks> = {}): { hooks: ShutdownHooks; order: string[] } {
  const order: string[] = [];
  const note = (name: string) => async (): Promise<void> => {
    order.push(name);
  };
  const lifecycle = new Lifecycle(() => 0);
  lifecycle.ready();
  const verdicts: DrainDelayVerdict[] = [
    { over: false, waitMs: 5 },
    { over: true, why: 'time' },
  ];
  const hooks: ShutdownHooks = {
    lifecycle,
    timeouts: { drainDelayMs: 5, inFlightMs: 20, finishMs: 0, hardMs: 3_025 },
    log: { info: () => undefined, warn: () => undefined },
    maintenance: note('maintenance'),
    onDrain: [{ name: 'drain', run: note('drain') }],
    stopListening: () => void order.push('stop'),
    connections: { count: 0, begun: 0 },
    beforeClose: [{ name: 'finish', run: note('finish') }],
    cutConnections: () => void order.push('cut'),
    withdraw: note('withdraw'),
    onClose: [
      { name: 'jobs', run: note('jobs') },
      { name: 'redis', run: note('redis') },
    ],
    drainDelay: () => verdicts.shift() ?? { over: true, why: 'time' },
    sleep: note('drain delay'),
    nowMs: () => 0,
    ...changes,
  };
  return { hooks, order };
}

describe('shutdown', () => {
  afterEach(() => void jest.useRealTimers());

  it('keeps the order: maintenance, drain delay, stop, finish, deregister, Redis last', async () => {
    const { hooks, order } = hooksWith();
    await shutdown(hooks);
    expect(order.indexOf('maintenance')).toBeLessThan(order.indexOf('stop'));
    expect(order.indexOf('drain delay')).toBeLessThan(order.indexOf('stop'));
    expect(order.slice(order.indexOf('stop'))).toEqual(['stop', 'cut', 'finish', 'withdraw', 'jobs', 'redis']);
    expect(hooks.lifecycle.phase).toBe('stopped');
  });

  it('is not ready before the catalog hears of it', async () => {
    let phaseAtMaintenance = '';
    const { hooks } = hooksWith({ maintenance: async () => void (phaseAtMaintenance = hooks.lifecycle.phase) });
    await shutdown(hooks);
    expect(phaseAtMaintenance).toBe('draining');
  });

  it('serves on during the drain delay', async () => {
    const { promise, resolve: release } = Promise.withResolvers<void>();
    const { hooks, order } = hooksWith({ sleep: () => promise });
    const left = shutdown(hooks);
    await new Promise(setImmediate);
    expect(order).not.toContain('stop');
    release();
    await left;
    expect(order).toContain('stop');
  });

  it('goes on when a step fails', async () => {
    const { hooks, order } = hooksWith({ maintenance: () => Promise.reject(new Error('consul is unreachable')) });
    await shutdown(hooks);
    expect(order.at(-1)).toBe('redis');
  });

  it('waits for what is in flight, and names what it had to cut without its query', async () => {
    const lines: object[] = [];
    const log = { info: () => undefined, warn: (fields: object) => void lines.push(fields) };
    const { hooks } = hooksWith({ log });
    const finished = new FakeResponse();
    const stuck = new FakeResponse();
    hooks.lifecycle.track(asResponse(finished));
    hooks.lifecycle.track(asResponse(stuck));
    finished.emit('close');
    expect(await shutdown(hooks)).toBe(1);
    expect(stuck.shouldKeepAlive).toBe(false);
    expect(lines).toEqual([
      { event: 'shutdown.cut', requests: 1, cut: [{ method: 'PUT', path: '/values/colour', age_ms: 0 }], begun: 0 },
    ]);
  });

  it('ends streams after it stopped accepting, and waits for them', async () => {
    const { hooks, order } = hooksWith();
    const { lifecycle } = hooks;
    const stream = new FakeResponse();
    lifecycle.track(asResponse(stream));
    lifecycle.streamsEnd.addEventListener('abort', () => {
      order.push('streams');
      stream.emit('close');
    });
    expect(await shutdown(hooks)).toBe(0);
    expect(order.indexOf('stop')).toBeLessThan(order.indexOf('streams'));
    expect(order.indexOf('streams')).toBeLessThan(order.indexOf('cut'));
  });

  it('is not held up by a catalog that does not answer', async () => {
    jest.useFakeTimers();
    const { hooks, order } = hooksWith({ maintenance: never, withdraw: never });
    const left = shutdown(hooks);
    await jest.advanceTimersByTimeAsync(MAINTENANCE_MS - 1);
    expect(order).not.toContain('stop');
    // The turn of the sockets takes one millisecond of this clock.
    await jest.advanceTimersByTimeAsync(2);
    expect(order).toContain('finish');
    await jest.advanceTimersByTimeAsync(DEREGISTER_MS + 1);
    expect(await left).toBe(0);
    expect(order.at(-1)).toBe('redis');
    expect(MAINTENANCE_MS + DEREGISTER_MS).toBeLessThan(CLOSE_MS);
  });

  it('takes an answer of the catalog that has arrived while our own process stood still', async () => {
    const warned: object[] = [];
    const log = { info: () => undefined, warn: (fields: object) => void warned.push(fields) };
    const cut = answeredDuringStall(DEREGISTER_MS + 20, (answer) =>
      shutdown(hooksWith({ log, withdraw: async () => void (await answer) }).hooks),
    );
    expect(await cut).toBe(0);
    expect(warned).toEqual([]);
  });

  it('counts the maintenance only where the catalog has confirmed it', async () => {
    const unreachable = hooksWith({ maintenance: () => Promise.reject(new Error('consul is unreachable')) });
    await shutdown(unreachable.hooks);
    expect(unreachable.hooks.lifecycle.drainEvidence.facts().sinceMaintenanceMs).toBeUndefined();
    const reachable = hooksWith();
    await shutdown(reachable.hooks);
    expect(reachable.hooks.lifecycle.drainEvidence.facts().sinceMaintenanceMs).toBe(0);
  });
});
