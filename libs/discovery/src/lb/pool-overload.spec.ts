import { describe, expect, it } from '@jest/globals';
import { benchInstance } from '../../test/catalog-conformance.ts';
import type { Instance } from '../instance.ts';
import type { Outcome } from '../outcome.ts';
import { roundRobin } from './balancers/round-robin.ts';
import { Pool } from './pool.ts';

const instance = (n: number): Instance => ({ ...benchInstance(n), service: 'api', weight: 1 });
const idOf = (n: number): string => instance(n).id;

/** A pool of instances 1..count and a clock by hand. */
function poolOf(count: number) {
  const clock = { ms: 0 };
  const pool = new Pool({ balancer: roundRobin(() => 0), random: () => 0, nowMs: () => clock.ms });
  pool.apply({ instances: Array.from({ length: count }, (_, at) => instance(at + 1)), asOfMs: 1 });
  /** What instance n shows, so many times; the others answer well meanwhile. */
  const show = (n: number, outcome: Outcome, times = 1): void => {
    for (let at = 0; at < times; at += 1) {
      for (let other = 1; other <= count; other += 1) if (other !== n) pool.pick({ only: idOf(other) })!.release('ok');
      pool.pick({ only: idOf(n) })!.release(outcome);
    }
  };
  return { pool, clock, show };
}

describe('an instance that is full', () => {
  it('is never ejected for it, and looks neither quick nor failing', () => {
    const { pool, show } = poolOf(3);
    show(1, 'error', 4);
    const before = pool.members()[0]!.ewmaMs;
    show(1, 'overloaded', 100);
    expect(pool.members()[0]).toMatchObject({ why: undefined, ewmaMs: before });
    // The four before still count.
    show(1, 'error');
    expect(pool.members()[0]).toMatchObject({ why: 'error' });
  });

  it('gets no further attempt of what another one refused, for as long as it said', () => {
    const { pool, clock } = poolOf(2);
    const next = (): string | undefined => {
      const pick = pool.pick({ exclude: new Set([idOf(2)]), excludeOverloaded: true });
      pick?.release();
      return pick?.instance.id;
    };
    pool.pick({ only: idOf(1) })!.observe('overloaded', { retryAfterMs: 3_000 });
    clock.ms = 2_999;
    expect(next()).toBeUndefined();
    clock.ms = 3_000;
    expect(next()).toBe(idOf(1));
    pool.pick({ only: idOf(1) })!.observe('overloaded');
    clock.ms = 3_999;
    expect(next()).toBeUndefined();
    clock.ms = 4_000;
    expect(next()).toBe(idOf(1));
    pool.pick({ only: idOf(1) })!.observe('overloaded', { retryAfterMs: 3_600_000 });
    clock.ms = 3_603_999;
    expect(next()).toBeUndefined();
  });

  it('has what it refused sent to nobody who is ejected', () => {
    const { pool, show } = poolOf(3);
    show(2, 'refused');
    const next = pool.pick({ exclude: new Set([idOf(1)]), excludeOverloaded: true })!;
    expect(next.instance.id).toBe(idOf(3));
    next.observe('overloaded');
    expect(pool.pick({ exclude: new Set([idOf(1)]), excludeOverloaded: true })).toBeUndefined();
    expect(pool.pick({ exclude: new Set([idOf(1), idOf(3)]) })?.instance.id).toBe(idOf(2));
  });

  it('stays ejected where a probe meets it, and is probed again when it has time', () => {
    const { pool, clock, show } = poolOf(3);
    show(1, 'refused');
    clock.ms = 1_000;
    const probe = pool.pick()!;
    expect([probe.instance.id, probe.isProbe]).toEqual([idOf(1), true]);
    probe.release('overloaded');
    expect(pool.members()[0]).toMatchObject({ why: 'refused', ejectedForMs: 1_000 });
    clock.ms = 1_999;
    expect(pool.pick()!.isProbe).toBe(false);
    clock.ms = 2_000;
    const again = pool.pick()!;
    expect([again.instance.id, again.isProbe]).toEqual([idOf(1), true]);
  });
});
