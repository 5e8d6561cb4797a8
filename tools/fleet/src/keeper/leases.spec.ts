import { describe, expect, it } from '@jest/globals';
import { createLeases, type Leases, type Timer } from './leases.ts';

function manualTimer(): { timer: Timer; advance: (ms: number) => void } {
  let nowMs = 0;
  const due = new Map<symbol, { atMs: number; run: () => void }>();
  return {
    timer: {
      start: (delayMs, run) => {
        const key = Symbol('timer');
        due.set(key, { atMs: nowMs + delayMs, run });
        return () => due.delete(key);
      },
    },
    advance: (ms) => {
      nowMs += ms;
      for (const [key, { atMs, run }] of due) {
        if (atMs <= nowMs && due.delete(key)) run();
      }
    },
  };
}

function make(): { leases: Leases; advance: (ms: number) => void; idle: () => number } {
  let idle = 0;
  const { timer, advance } = manualTimer();
  const leases = createLeases({ firstMs: 10_000, lingerMs: 500 }, () => (idle += 1), timer);
  return { leases, advance, idle: () => idle };
}

describe('leases', () => {
  it('go idle when nobody ever comes', () => {
    const { advance, idle } = make();
    advance(9_999);
    expect(idle()).toBe(0);
    advance(1);
    expect(idle()).toBe(1);
  });

  it('go idle only when the last of two is given back, after the linger', () => {
    const { leases, advance, idle } = make();
    const [first, second] = [leases.take(), leases.take()];
    first();
    advance(60_000);
    expect([leases.count(), idle()]).toEqual([1, 0]);
    second();
    advance(499);
    expect(idle()).toBe(0);
    advance(1);
    expect(idle()).toBe(1);
  });

  it('stay when a new one comes within the linger', () => {
    const { leases, advance, idle } = make();
    leases.take()();
    advance(400);
    leases.take();
    advance(60_000);
    expect(idle()).toBe(0);
  });

  it('count a lease given back twice once', () => {
    const { leases, advance, idle } = make();
    const first = leases.take();
    leases.take();
    first();
    first();
    advance(60_000);
    expect([leases.count(), idle()]).toEqual([1, 0]);
  });
});
