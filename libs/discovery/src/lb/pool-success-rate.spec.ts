import { describe, expect, it } from '@jest/globals';
import { fleet, idOf, instance } from '../../test/pool-fleet.ts';
import type { Outcome } from '../outcome.ts';

/** One interval of 90 requests to each, of which each fails so many, never twice in a row. What comes then ends it. */
function interval(f: ReturnType<typeof fleet>, failures: readonly number[], outcome: Outcome = 'error'): void {
  for (let at = 0; at < 90; at += 1) {
    f.clock.ms += 100;
    for (const [n, failing] of failures.entries()) f.show(n + 1, at % 2 === 0 && at < failing * 2 ? outcome : 'ok');
  }
  f.clock.ms += 1_500;
  f.pool.pick({ only: idOf(failures.length) })!.release('ok');
}
const ejectedAfter = (failures: readonly number[], outcome?: Outcome): number[] => {
  const all = fleet(failures.length);
  interval(all, failures, outcome);
  return all.ejected();
};

/** Who of four of these versions is ejected when the first two fail often. */
const ejectedOf = (...versions: string[]): number[] => {
  const all = fleet(4);
  all.pool.apply({ instances: versions.map((version, at) => ({ ...instance(at + 1), meta: { version } })), asOfMs: 1 });
  interval(all, [45, 40, 0, 0]);
  return all.ejected();
};

describe('who is ejected by its success rate', () => {
  it.each<[string, number[], number[]]>([
    ['one of three', ejectedAfter([30, 0, 1]), [1]],
    ['one of two', ejectedAfter([30, 0]), [1]],
    ['by time-outs', ejectedAfter([30, 0, 0], 'timeout'), [1]],
    ['nobody by 4xx', ejectedAfter([50, 0, 0], 'unsuccessful'), []],
    ['nobody where all fail alike', ejectedAfter([45, 50, 48]), []],
    ['nobody without siblings', ejectedAfter([50]), []],
    ['nobody for a few', ejectedAfter([8, 0, 0]), []],
    ['of three one, the worse', ejectedAfter([30, 45, 0]), [2]],
    ['two of five', ejectedAfter([40, 50, 0, 0, 0]), [1, 2]],
  ])('%s', (_, ejected, expected) => {
    expect(ejected).toEqual(expected);
  });

  it('is one that breaks off answers that began well', () => {
    const three = fleet(3);
    for (let at = 0; at < 120 && three.ejected().length === 0; at += 1) {
      three.clock.ms += 100;
      if (at % 3 === 0) three.breakOff(1);
      else three.show(1, 'ok');
      for (const n of [2, 3]) three.show(n, 'ok');
    }
    expect(three.stateOf(1).why).toBe('success_rate');
  });

  it('is one that breaks off what began well in an interval before', () => {
    const three = fleet(3);
    three.show(1, 'ok');
    const begun = Array.from({ length: 60 }, () => three.pool.pick({ only: idOf(1) })!);
    for (const pick of begun) pick.observe('ok');
    three.clock.ms += 10_000;
    for (let turn = 0; turn < 20; turn += 1) {
      for (const pick of begun.splice(0, 3)) pick.release('broken');
      for (const n of [1, 2, 3]) three.show(n, 'ok', n === 1 ? 1 : 3);
    }
    three.clock.ms += 10_000;
    three.show(2, 'ok');
    expect(three.stateOf(1).why).toBe('success_rate');
  });

  it('is compared with those of its own version', () => {
    expect(ejectedOf('2', '2', '1', '1')).toEqual([]);
    expect(ejectedOf('1', '1', '1', '1')).toEqual([1, 2]);
    expect(ejectedOf('2', '1', '1', '2')).toEqual([1, 2]);
  });

  it('is shown with its failures and for how long, which grows until an interval is well', () => {
    const three = fleet(3);
    const tellTime = (): number => three.stateOf(1).ejectedForMs / 1_000;
    const seconds: number[] = [];
    interval(three, [30, 0, 0]);
    expect(three.stateOf(1)).toMatchObject({ why: 'success_rate', failures: 30 });
    for (const failures of [30, 30, 0, 30]) {
      seconds.push(tellTime());
      three.clock.ms += three.stateOf(1).ejectedForMs;
      three.show(2, 'ok');
      const probe = three.next()!;
      if (probe.isProbe) probe.release('ok');
      expect(three.ejected()).toEqual([]);
      interval(three, [failures, 0, 0]);
    }
    expect(seconds).toEqual([10, 20, 30, 0]);
    expect(tellTime()).toBe(30);
  });

  it('is nobody for what was seen long ago', () => {
    const three = fleet(3);
    for (let at = 0; at < 90; at += 1) three.show(1, at % 2 ? 'ok' : 'error');
    for (const n of [2, 3]) three.show(n, 'ok', 90);
    three.clock.ms += 60_000;
    for (const n of [1, 2, 3]) three.show(n, 'ok');
    expect(three.ejected()).toEqual([]);
  });
});
