import { describe, expect, it } from '@jest/globals';
import { roundRobin } from './balancers/round-robin.ts';
import type { Outcome } from '../outcome.ts';
import { benchInstance } from '../../test/catalog-conformance.ts';
import { Pool } from './pool.ts';

const instance = (n: number) => ({ ...benchInstance(n), service: 'api' });

const numberOf = (id: string): number => [1, 2, 3].find((n) => instance(n).id === id)!;

/** A pool of instances 1..count, and what it tells its observer. */
function observed(count: number) {
  const clock = { ms: 0 };
  const events: unknown[][] = [];
  const pool = new Pool({
    balancer: roundRobin(() => 0),
    random: () => 0,
    nowMs: () => clock.ms,
    observer: {
      onEjected: ({ service, instance: id, reason, forMs, times }) =>
        events.push(['ejected', service, numberOf(id), reason, forMs, times]),
      onUnejected: ({ service, instance: id, reason }) => events.push(['unejected', service, numberOf(id), reason]),
    },
  });
  const list = (...numbers: number[]): void => pool.apply({ instances: numbers.map(instance), asOfMs: 1 });
  list(...[1, 2, 3].slice(0, count));
  return {
    clock,
    events,
    list,
    /** A use of instance n. */
    show: (n: number, outcome: Outcome): void => pool.pick({ only: instance(n).id })!.release(outcome),
    /** The next pick, which a probe comes first in. */
    next: (outcome: Outcome): void => pool.pick()!.release(outcome),
  };
}

describe('the events of a pool', () => {
  it('say which instance is ejected, why, for how long and how often in a row, and what ended it', () => {
    const { clock, events, show, next } = observed(3);
    show(1, 'refused');
    show(3, 'error');
    clock.ms += 1_000;
    next('refused');
    clock.ms += 2_000;
    next('ok');
    expect(events).toEqual([
      ['ejected', 'api', 1, 'refused', 1_000, 1],
      ['ejected', 'api', 1, 'refused', 2_000, 2],
      ['unejected', 'api', 1, 'probe_succeeded'],
    ]);
  });

  it('tell a probe from another request that was answered', () => {
    const { events, show } = observed(2);
    show(1, 'refused');
    show(1, 'ok');
    expect(events.slice(1)).toEqual([['unejected', 'api', 1, 'request_succeeded']]);
  });

  it('say when a failing instance is used again because too few others are healthy', () => {
    const { clock, events, show, next } = observed(2);
    for (const [n, outcome] of [
      [1, 'timeout'],
      [1, 'timeout'],
      [2, 'ok'],
      [1, 'timeout'],
    ] as const)
      show(n, outcome);
    clock.ms += 10_000;
    show(2, 'error');
    next('error');
    expect(events).toEqual([
      ['ejected', 'api', 1, 'timeout', 10_000, 1],
      ['unejected', 'api', 1, 'ejection_limit'],
    ]);
  });

  it('say when an ejected instance is forgotten, and nothing while it may come back', () => {
    const { clock, events, list, show } = observed(2);
    show(1, 'refused');
    list(2);
    clock.ms += 150_000;
    list(2);
    expect(events).toHaveLength(1);
    clock.ms += 1;
    list(2);
    list(2);
    expect(events.slice(1)).toEqual([['unejected', 'api', 1, 'removed']]);
  });
});
