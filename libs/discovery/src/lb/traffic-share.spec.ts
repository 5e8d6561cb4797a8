import { describe, expect, it } from '@jest/globals';
import { evenRandom, fleet, instance } from '../../test/pool-fleet.ts';
import { Member } from './member.ts';
import { createTrafficShare, type SlowStart } from './traffic-share.ts';

/** In how many of a thousand lists each of three is, the first one being as it is made. */
function drawn(nowMs: number, change: (members: Member[]) => void, slowStart?: SlowStart): number[] {
  const members = [1, 2, 3].map((n) => new Member(instance(n), 0, 0));
  change(members);
  const counts = [0, 0, 0];
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
    untilMs.forEach((each, at) => (members[at]!.retryAfterUntilMs = each));

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

  it('counts beside the others: where all are new each has its share', () => {
    expect(drawn(100, joined(0, 0, 0))).toEqual([1_000, 1_000, 1_000]);
    expect(drawn(5_000, joined(4_000, 2_500, 2_500))[0]! - 400).toBeLessThanOrEqual(1);
  });
});

/** Who is picked in 9 turns after instance 1 has answered so. */
const pickedAfter = (afterMs: number, ...answer: Parameters<ReturnType<typeof fleet>['answer']>): number[] => {
  const three = fleet(3, [], evenRandom());
  three.picked(1);
  three.answer(...answer);
  three.clock.ms += afterMs;
  return three.picked(9);
};

describe('Retry-After', () => {
  it.each([
    ['of one of three: a tenth of its share', asks(2_000), [100, 1_000, 1_000]],
    ['that is over: all of it', asks(1_000), [1_000, 1_000, 1_000]],
    ['of most of them: there is nobody to take it', asks(2_000, 2_000), [1_000, 1_000, 1_000]],
    ['of all', asks(2_000, 2_000, 2_000), [1_000, 1_000, 1_000]],
  ])('%s', (_, change, expected) => {
    expect(drawn(1_000, change)).toEqual(expected);
  });

  it.each<[string, number[], number[]]>([
    ['of a 503 lowers the share', pickedAfter(0, 1, 'error', 5_000), [2, 3]],
    ['is over in time', pickedAfter(5_000, 1, 'error', 5_000), [1, 2, 3]],
    ['of a 429 is for its caller', pickedAfter(0, 1, 'unsuccessful', 5_000), [1, 2, 3]],
    ['is not there', pickedAfter(0, 1, 'error'), [1, 2, 3]],
  ])('%s', (_, picked, expected) => {
    expect(picked).toEqual(expected);
  });

  it('is not prolonged while it runs, and no reason to use nobody', () => {
    const three = fleet(3, [], evenRandom());
    three.answer(1, 'error', 5_000);
    three.clock.ms += 4_000;
    three.answer(1, 'error', 5_000);
    three.clock.ms += 1_000;
    expect(three.picked()).toEqual([1, 2, 3]);
    three.answer(1, 'error', 5_000);
    expect(three.next([2, 3])!.n).toBe(1);
  });
});
