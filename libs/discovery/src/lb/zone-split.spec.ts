import { describe, expect, it } from '@jest/globals';
import { evenRandom, fleet, idOf, instance } from '../../test/pool-fleet.ts';
import { Member } from './member.ts';
import { splitByZone } from './zone-split.ts';

const members = (zones: string): Member[] =>
  zones.split('').map((zone, at) => new Member({ ...instance(at + 1), meta: zone === '-' ? {} : { zone } }, 0, 0));

describe('splitByZone', () => {
  // Lower case: listed and not usable.
  it.each([
    ['as many in each zone', 'AABB', 1],
    ['a zone with more than the others', 'AAAB', 1],
    ['a zone with fewer: its part, twice as it is one of two', 'AABBBB', 2 / 3],
    ['three zones, one with fewer', 'AABBBBCCCC', 0.6],
    ['one of four is not usable: within what the others can take', 'AAAaBBB', 1],
    ['one of two is not usable', 'AaB', 0.7],
    ['two of three are not usable', 'AaaB', 1.4 / 3],
    ['those without a zone are one', 'AABB--', 1],
    ['a single one has nobody beside it', 'ABB', undefined],
    ['none is usable', 'aaBB', undefined],
    ['all are of the own zone', 'AAA', undefined],
    ['nobody is of the own zone', 'BBB', undefined],
  ])('%s: %s', (_, text, expected) => {
    const listed = members(text.toUpperCase());
    const usable = listed.filter((__, at) => text[at] === text[at]?.toUpperCase());
    const share = splitByZone('A', listed, usable)?.localShare;
    expect(share === undefined ? undefined : share.toFixed(6)).toBe(expected?.toFixed(6));
  });

  it('prefers nobody without an own zone', () => {
    expect(splitByZone(undefined, members('AABB'), members('AABB'))).toBeUndefined();
  });
});

function inZones(zones: string) {
  const all = fleet(0, [], evenRandom(), 'A');
  all.pool.apply({ instances: members(zones).map(({ instance: each }) => each), asOfMs: 1 });
  return all;
}

const shareOf = (f: ReturnType<typeof fleet>, ...numbers: number[]): number => {
  let count = 0;
  for (let at = 0; at < 1_000; at += 1) {
    const pick = f.next()!;
    if (numbers.includes(pick.n)) count += 1;
    pick.release();
  }
  return count / 1_000;
};

describe('a pool with a zone', () => {
  it('keeps to it while enough of it is usable, and sends the rest to the others', () => {
    const four = inZones('AABB');
    expect(shareOf(four, 1, 2)).toBe(1);
    four.show(1, 'refused');
    expect(shareOf(four, 2)).toBeCloseTo(2 / 3, 2);
    four.show(2, 'refused');
    expect(shareOf(four, 3, 4)).toBe(1);
  });

  it('leaves it where all of it were tried', () => {
    const four = inZones('AABB');
    expect([3, 4]).toContain(four.next([1, 2])!.n);
    expect(four.pool.pick({ only: idOf(4) })?.instance.id).toBe(idOf(4));
  });
});
