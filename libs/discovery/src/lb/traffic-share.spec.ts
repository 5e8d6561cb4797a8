import { describe, expect, it } from '@jest/globals';
import { evenRandom, fleet, instance } from '../../test/pool-fleet.ts';
import { Member } from './member.ts';
import { createTrafficShare, type SlowStart } from './traffic-share.ts';

/** In how many of a thousand lists each member is, of three unless told. */
function drawn(nowMs: number, change: (members: Member[]) => void, slowStart?: SlowStart, count = 3): number[] {
  const members = Array.from({ length: count }, (_, at) =>
    Object.assign(new Member(instance(at + 1), 0, 0), { inFlight: 1 }),
  );
  change(members);
  const counts = members.map(() => 0);
  const share = createTrafficShare(evenRandom(), slowStart);
  for (let at = 0; at < 1_000; at += 1)
    for (const member of share.draw(members, nowMs)) counts[members.indexOf(member)]! += 1;
  return counts;
}

const joined =
  (...atMs: number[]) =>
  (members: Member[]): void =>
    atMs.forEach((each, at) => (members[at]!.joinedAtMs = each));

const asks =
  (...untilMs: number[]) =>
  (members: Member[]): void =>
    untilMs.forEach((each, at) => (members[at]!.overloadedUntilMs = each));

/** The first one is new, and one of three is idle. */
const oneByOne = (members: Member[]): void => {
  joined(0)(members);
  members[2]!.inFlight = 0;
};

describe('slow start', () => {
  it.each<[string, number, SlowStart | undefined, number]>([
    ['a tenth', 0, undefined, 100],
    ['a tenth still', 400, undefined, 100],
    ['half', 2_500, undefined, 500],
    ['all', 5_000, undefined, 1_000],
    ['half sooner with more aggression', 1_250, { aggression: 2 }, 500],
    ['half later in a longer window', 10_000, { windowMs: 20_000 }, 500],
    ['more from the beginning', 0, { minWeight: 0.3 }, 300],
    ['all at once without a window', 0, { windowMs: 0 }, 1_000],
  ])('%s after %i ms', (_, nowMs, slowStart, expected) => {
    const [first, ...others] = drawn(nowMs, joined(0), slowStart);
    expect(Math.abs(first! - expected)).toBeLessThanOrEqual(1);
    expect(others).toEqual([1_000, 1_000]);
  });

  it('leaves somebody where all have just come, and begin with nothing', () => {
    expect(drawn(0, joined(0, 0, 0), { minWeight: 0 })).toEqual([1_000, 1_000, 1_000]);
  });

  it('is nothing where requests come one by one', () => {
    expect(drawn(0, oneByOne)).toEqual([1_000, 1_000, 1_000]);
  });

  it('counts beside the others: where all are new each has its share', () => {
    expect(drawn(100, joined(0, 0, 0))).toEqual([1_000, 1_000, 1_000]);
    expect(drawn(5_000, joined(4_000, 2_500, 2_500))[0]! - 400).toBeLessThanOrEqual(1);
  });
});

/** Of 300 picks those of instance 1, after it has answered so. */
const picksAfter = (afterMs: number, ...answer: Parameters<ReturnType<typeof fleet>['answer']>): number => {
  const three = fleet(3, [], evenRandom());
  three.answer(...answer);
  three.clock.ms += afterMs;
  let picks = 0;
  for (let at = 0; at < 300; at += 1) {
    const pick = three.next()!;
    if (pick.n === 1) picks += 1;
    pick.release();
  }
  return picks;
};

describe('an instance that is full', () => {
  it.each([
    ['is one of two: a fifth of its share', 2, asks(2_000), 200],
    ['is one of three: a fifth of its share', 3, asks(2_000), 200],
    ['is the one of many: a fifth of its share', 10, asks(2_000), 200],
    ['was: all of it', 3, asks(1_000), 1_000],
    ['is one beside who was: a fifth of its share', 3, asks(2_000, 1_000), 200],
    ['is one of two full ones, of three: all of it', 3, asks(2_000, 2_000), 1_000],
    ['is one of two full ones, of ten: all of it', 10, asks(2_000, 2_000), 1_000],
    ['is like all: all of it', 3, asks(2_000, 2_000, 2_000), 1_000],
  ])('%s', (_, count, change, expected) => {
    const [first, ...others] = drawn(1_000, change, undefined, count);
    expect([first, new Set(others)]).toEqual([expected, new Set([1_000])]);
  });

  it('lowers nothing from the moment that a sibling says so too, until that is over', () => {
    const four = fleet(4, [], evenRandom());
    const share = (): number => {
      const picks = Array.from({ length: 400 }, () => four.next()!);
      for (const pick of picks) pick.release();
      return picks.filter(({ n }) => n === 1).length;
    };
    four.answer(1, 'overloaded', 10_000);
    expect(share()).toBeLessThan(50);
    four.answer(2, 'overloaded', 1_000);
    expect(share()).toBe(100);
    four.clock.ms = 1_000;
    expect(share()).toBeLessThan(50);
  });

  it.each<[string, boolean, number]>([
    ['gets less for as long as it said', true, picksAfter(4_999, 1, 'overloaded', 5_000)],
    ['gets less for a second where it said nothing', true, picksAfter(999, 1, 'overloaded')],
    ['gets its share after that', false, picksAfter(5_000, 1, 'overloaded', 5_000)],
    ['is no other that asks to come back: a fault, with Retry-After', false, picksAfter(0, 1, 'error', 5_000)],
    ['is no other that asks to come back: a caller of a limit', false, picksAfter(0, 1, 'unsuccessful', 5_000)],
  ])('%s', (_, isLess, picks) => {
    expect(picks < 80).toBe(isLess);
  });

  it('is no reason to use nobody', () => {
    const three = fleet(3, [], evenRandom());
    three.answer(1, 'overloaded', 5_000);
    expect(three.next([2, 3])!.n).toBe(1);
  });
});
