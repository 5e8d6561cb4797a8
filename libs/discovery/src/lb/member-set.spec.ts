import { describe, expect, it } from '@jest/globals';
import { DiscoveryError } from '../errors.ts';
import type { Health, Instance } from '../instance.ts';
import { benchInstance } from '../../test/catalog-conformance.ts';
import type { Member } from './member.ts';
import { createMemberSet } from './member-set.ts';

const instance = (n: number, health: Health = 'passing'): Instance => ({ ...benchInstance(n, health), service: 'api' });
const asOfMs = 1;
const numbersOf = (members: readonly Member[]): number[] =>
  members.map((member) => Number(member.instance.address.split('.').at(-1)));

describe('createMemberSet', () => {
  it('lists all by id, and gives the passing ones to be used', () => {
    const set = createMemberSet();
    set.apply(
      { instances: [instance(3), instance(2, 'critical'), instance(4, 'maintenance'), instance(1)], asOfMs },
      0,
    );
    expect(numbersOf(set.all())).toEqual([1, 2, 3, 4]);
    expect(numbersOf(set.eligible())).toEqual([1, 3]);
    expect(set.get(instance(2).id)?.instance.health).toBe('critical');
  });

  it.each<[string, Health[], number[]]>([
    ['half of them pass: no panic', ['passing', 'critical'], [1]],
    ['less than half: the critical ones too', ['passing', 'critical', 'critical'], [1, 2, 3]],
    ['none: all', ['critical', 'critical'], [1, 2]],
    ['who leaves is no sick one', ['passing', 'maintenance', 'maintenance', 'critical'], [1]],
    ['and is never used, not even in panic', ['maintenance', 'critical', 'critical'], [2, 3]],
    ['all leave', ['maintenance', 'maintenance'], []],
  ])('%s', (_, healths, expected) => {
    const set = createMemberSet();
    set.apply({ instances: healths.map((health, at) => instance(at + 1, health)), asOfMs }, 0);
    expect(numbersOf(set.eligible())).toEqual(expected);
  });

  it('knows who came beside others, and not for being missing in the first answers', () => {
    const set = createMemberSet();
    const joinedAt = (): number[] => set.all().map(({ joinedAtMs }) => joinedAtMs);
    set.apply({ instances: [instance(1)], asOfMs, cached: true }, 1);
    set.apply({ instances: [instance(1)], asOfMs, error: new DiscoveryError('catalog_unavailable', '') }, 2);
    set.apply({ instances: [instance(1), instance(2)], asOfMs }, 3);
    set.apply({ instances: [instance(1), instance(2), instance(3)], asOfMs }, 4);
    set.apply({ instances: [instance(1), instance(2)], asOfMs }, 5);
    set.apply({ instances: [instance(1), instance(2), instance(3)], asOfMs }, 6);
    expect(joinedAt()).toEqual([-Infinity, -Infinity, 4]);
  });

  it('knows nobody beside whom the first one came', () => {
    const set = createMemberSet();
    set.apply({ instances: [], asOfMs }, 1);
    set.apply({ instances: [instance(1)], asOfMs }, 2);
    expect(set.all()[0]?.joinedAtMs).toBe(-Infinity);
  });

  it('keeps what is known about an instance while its entry and the set around it change', () => {
    const set = createMemberSet();
    set.apply({ instances: [instance(1)], asOfMs }, 0);
    set.eligible()[0]!.inFlight = 7;
    set.apply({ instances: [instance(1, 'critical'), instance(2)], asOfMs }, 0);
    set.apply({ instances: [{ ...instance(1), weight: 9 }], asOfMs }, 0);
    expect(set.eligible()).toMatchObject([{ inFlight: 7, instance: { weight: 9 } }]);
  });

  it('still knows an instance that comes back, but not for ever', () => {
    const set = createMemberSet();
    const apply = (instances: Instance[], nowMs: number) => set.apply({ instances, asOfMs }, nowMs);
    apply([instance(1)], 0);
    set.eligible()[0]!.inFlight = 7;
    apply([], 0);
    expect([set.all(), set.get(instance(1).id)]).toEqual([[], undefined]);
    apply([instance(1)], 150_000);
    expect(set.eligible()).toMatchObject([{ inFlight: 7 }]);
    apply([], 200_000);
    apply([], 350_001);
    apply([instance(1)], 350_001);
    expect(set.eligible()).toMatchObject([{ inFlight: 0 }]);
  });

  it('lets a new one begin like the middle of the others, whatever an ejected one is worth', () => {
    const set = createMemberSet();
    set.apply({ instances: [1, 2, 3, 4].map((n) => instance(n)), asOfMs }, 0);
    for (const [at, member] of set.eligible().entries()) member.latency.failed((at + 1) * 100, 0);
    set.eligible()[3]!.ejection = { why: 'refused', untilMs: 1_000, probeUntilMs: 0 };
    set.apply({ instances: [1, 2, 3, 4, 5].map((n) => instance(n)), asOfMs }, 0);
    expect(set.eligible()[4]!.latencyMs(0)).toBe(200);
  });
});
