import { describe, expect, it } from '@jest/globals';
import { createReferenceCount, type ReferenceCount, type Timer } from './reference-count.ts';

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

function make(): { references: ReferenceCount; advance: (ms: number) => void; idle: () => number } {
  let idle = 0;
  const { timer, advance } = manualTimer();
  const references = createReferenceCount({ firstMs: 10_000, lingerMs: 500 }, () => (idle += 1), timer);
  return { references, advance, idle: () => idle };
}

describe('references', () => {
  it('go idle when nobody ever comes', () => {
    const { advance, idle } = make();
    advance(9_999);
    expect(idle()).toBe(0);
    advance(1);
    expect(idle()).toBe(1);
  });

  it('go idle only when the last of two is released, after the linger', () => {
    const { references, advance, idle } = make();
    const [first, second] = [references.acquire(), references.acquire()];
    first();
    advance(60_000);
    expect([references.count(), idle()]).toEqual([1, 0]);
    second();
    advance(499);
    expect(idle()).toBe(0);
    advance(1);
    expect(idle()).toBe(1);
  });

  it('stay when a new one comes within the linger', () => {
    const { references, advance, idle } = make();
    references.acquire()();
    advance(400);
    references.acquire();
    advance(60_000);
    expect(idle()).toBe(0);
  });

  it('count one that is released twice once', () => {
    const { references, advance, idle } = make();
    const first = references.acquire();
    references.acquire();
    first();
    first();
    advance(60_000);
    expect([references.count(), idle()]).toEqual([1, 0]);
  });
});
