import { describe, expect, it } from '@jest/globals';
import type { Health, Instance } from '../instance.ts';
import { benchInstance } from '../../test/catalog-conformance.ts';
import type { Member } from './member.ts';
import { createMembership } from './membership.ts';

const instance = (n: number, health: Health = 'passing'): Instance => ({ ...benchInstance(n, health), service: 'api' });
const asOfMs = 1;
const numbersOf = (members: readonly Member[]): number[] =>
  members.map((member) => Number(member.instance.address.split('.').at(-1)));

describe('createMembership', () => {
  it('lists all by id, and gives the passing ones to be used', () => {
    const membership = createMembership();
    membership.apply(
      { instances: [instance(3), instance(2, 'critical'), instance(4, 'maintenance'), instance(1)], asOfMs },
      0,
    );
    expect(numbersOf(membership.all())).toEqual([1, 2, 3, 4]);
    expect(numbersOf(membership.pool())).toEqual([1, 3]);
    expect(membership.get(instance(2).id)?.instance.health).toBe('critical');
  });

  it.each<[string, Health[], number[]]>([
    ['half of them pass: no panic', ['passing', 'critical'], [1]],
    ['less than half: the critical ones too', ['passing', 'critical', 'critical'], [1, 2, 3]],
    ['none: all', ['critical', 'critical'], [1, 2]],
    ['who leaves is no sick one', ['passing', 'maintenance', 'maintenance', 'critical'], [1]],
    ['and is never used, not even in panic', ['maintenance', 'critical', 'critical'], [2, 3]],
    ['all leave', ['maintenance', 'maintenance'], []],
  ])('%s', (_, healths, expected) => {
    const membership = createMembership();
    membership.apply({ instances: healths.map((health, at) => instance(at + 1, health)), asOfMs }, 0);
    expect(numbersOf(membership.pool())).toEqual(expected);
  });

  it('keeps what is known about an instance while its entry and the set around it change', () => {
    const membership = createMembership();
    membership.apply({ instances: [instance(1)], asOfMs }, 0);
    membership.pool()[0]!.inFlight = 7;
    membership.apply({ instances: [instance(1, 'critical'), instance(2)], asOfMs }, 0);
    membership.apply({ instances: [{ ...instance(1), weight: 9 }], asOfMs }, 0);
    expect(membership.pool()).toMatchObject([{ inFlight: 7, instance: { weight: 9 } }]);
  });

  it('still knows an instance that comes back, but not for ever', () => {
    const membership = createMembership();
    const apply = (instances: Instance[], nowMs: number) => membership.apply({ instances, asOfMs }, nowMs);
    apply([instance(1)], 0);
    membership.pool()[0]!.inFlight = 7;
    apply([], 0);
    expect([membership.all(), membership.get(instance(1).id)]).toEqual([[], undefined]);
    apply([instance(1)], 150_000);
    expect(membership.pool()).toMatchObject([{ inFlight: 7 }]);
    apply([], 200_000);
    apply([], 350_001);
    apply([instance(1)], 350_001);
    expect(membership.pool()).toMatchObject([{ inFlight: 0 }]);
  });

  it('lets a new one begin like the middle of the others, whatever an ejected one is worth', () => {
    const membership = createMembership();
    membership.apply({ instances: [1, 2, 3, 4].map((n) => instance(n)), asOfMs }, 0);
    for (const [at, member] of membership.pool().entries()) member.latency.failed((at + 1) * 100, 0);
    membership.pool()[3]!.ejection = { why: 'refused', untilMs: 1_000, trialUntilMs: 0 };
    membership.apply({ instances: [1, 2, 3, 4, 5].map((n) => instance(n)), asOfMs }, 0);
    expect(membership.pool()[4]!.latencyMs(0)).toBe(200);
  });
});
