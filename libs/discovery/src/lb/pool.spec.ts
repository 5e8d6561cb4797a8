import { describe, expect, it } from '@jest/globals';
import { roundRobin } from './balancers/round-robin.ts';
import { fleet, idOf, instance } from '../../test/pool-fleet.ts';
import type { Outcome } from '../outcome.ts';
import { Pool } from './pool.ts';

describe('who is ejected', () => {
  it.each([
    ['error', 5],
    ['timeout', 3],
    ['refused', 1],
  ] as const)('is shown with how many came in a row: %s, %i', (outcome, failures) => {
    const three = fleet(3, [2, 3]);
    three.show(1, outcome, failures - 1);
    expect(three.stateOf(1).failures).toBe(0);
    three.show(1, outcome);
    expect(three.stateOf(1)).toMatchObject({ why: outcome, failures });
  });

  it.each<[string, (f: ReturnType<typeof fleet>) => void, number[]]>([
    ['one refusal', (f) => f.show(1, 'refused'), [1]],
    ['two timeouts are no proof', (f) => f.show(1, 'timeout', 2), []],
    ['three timeouts', (f) => f.show(1, 'timeout', 3), [1]],
    ['four 5xx are no proof', (f) => f.show(1, 'error', 4), []],
    ['five 5xx', (f) => f.show(1, 'error', 5), [1]],
    ['five broken answers, though each began well', (f) => f.breakOff(1, 5), [1]],
    ['5xx and broken answers together', (f) => (f.breakOff(1, 3), f.show(1, 'error', 2)), [1]],
    ['an answer that came whole ends the broken ones', (f) => (f.breakOff(1, 4), f.show(1, 'ok'), f.breakOff(1)), []],
    ['an ok ends the run', (f) => (f.show(1, 'error', 4), f.show(1, 'ok'), f.show(1, 'error', 4)), []],
    ['what says nothing does not', (f) => (f.show(1, 'error', 4), f.show(1, 'unknown'), f.show(1, 'error')), [1]],
  ])('%s', (_, happen, expected) => {
    const three = fleet(3, [2, 3]);
    happen(three);
    expect(three.ejected()).toEqual(expected);
    expect(three.picked()).toEqual([1, 2, 3].filter((n) => !expected.includes(n)));
  });

  it('is at most half of them, and of two or three one, for what they answer', () => {
    for (const [count, expected] of [
      [1, 0],
      [2, 1],
      [3, 1],
      [4, 2],
      [5, 2],
      [6, 3],
    ] as const) {
      const all = fleet(count, [count]);
      for (let n = 1; n < count; n += 1) all.show(n, 'error', 5);
      expect([count, all.ejected().length]).toEqual([count, expected]);
    }
  });

  it('is never the last usable one', () => {
    const two = fleet(2);
    two.show(1, 'timeout');
    two.show(2, 'ok');
    two.show(2, 'refused');
    two.show(1, 'timeout', 5);
    expect(two.ejected()).toEqual([2]);
    expect(two.picked()).toEqual([1]);
  });

  it('is nobody for a fault that all share', () => {
    const three = fleet(3);
    for (const n of [1, 2, 3]) three.show(n, 'ok', 3);
    for (let round = 0; round < 10; round += 1) for (const n of [1, 2, 3]) three.show(n, 'error');
    expect(three.ejected()).toEqual([]);
    expect(three.picked()).toEqual([1, 2, 3]);
  });

  it('is nobody while no other has answered since', () => {
    const three = fleet(3);
    for (const n of [2, 3]) three.show(n, 'ok');
    three.show(1, 'error', 9);
    expect(three.ejected()).toEqual([]);
    three.show(2, 'ok');
    three.show(1, 'error');
    expect(three.ejected()).toEqual([1]);
  });

  it('is nobody for a shared fault either when an answer from before it comes late', () => {
    const three = fleet(3);
    const onItsWay = three.pool.pick({ only: idOf(2) })!;
    three.show(1, 'error', 2);
    onItsWay.release('ok');
    for (let round = 0; round < 10; round += 1) for (const n of [2, 3, 1]) three.show(n, 'error');
    expect(three.ejected()).toEqual([]);
  });
});

/** Lets the ejection of instance 1 pass and its probe fail, so many times. */
function timesOut(fault: Outcome, times: number): number[] {
  const three = fleet(3, [2]);
  const seconds: number[] = [];
  three.show(1, fault, fault === 'refused' ? 1 : fault === 'timeout' ? 3 : 5);
  for (let at = 0; at < times; at += 1) {
    const { ejectedForMs } = three.stateOf(1);
    seconds.push(ejectedForMs / 1_000);
    three.clock.ms += ejectedForMs;
    const probe = three.next()!;
    expect(probe.n).toBe(1);
    probe.release(fault);
  }
  return seconds;
}

describe('for how long', () => {
  it.each<[Outcome, number[]]>([
    ['refused', [1, 2, 3, 4]],
    ['timeout', [10, 20, 30, 40]],
    ['error', [10, 20, 30, 40]],
  ])('%s: longer each time in a row', (fault, expected) => {
    expect(timesOut(fault, 4)).toEqual(expected);
  });

  it.each<[Outcome, number]>([
    ['refused', 30],
    ['timeout', 120],
  ])('%s: up to a bound', (fault, expectedS) => {
    expect(timesOut(fault, 40).at(-1)).toBe(expectedS);
  });

  it('is a little longer by chance, never shorter: no two gateways in step', () => {
    const pool = new Pool({ balancer: roundRobin(() => 0), random: () => 0.5, nowMs: () => 0 });
    pool.apply({ instances: [instance(1), instance(2)], asOfMs: 1 });
    pool.pick({ only: idOf(1) })!.release('refused');
    expect(pool.members()[0]).toMatchObject({ ejectedForMs: 1_100, why: 'refused' });
  });

  it('is short again after an ok', () => {
    const three = fleet(3);
    three.show(1, 'refused');
    three.clock.ms += 1_000;
    three.next()!.release('refused');
    three.clock.ms += 2_000;
    three.next()!.release('ok');
    expect(three.stateOf(1)).toMatchObject({ why: undefined, ejectedForMs: 0 });
    three.show(1, 'refused');
    expect(three.stateOf(1).ejectedForMs).toBe(1_000);
  });
});

function halfOpen() {
  const three = fleet(3);
  three.show(1, 'refused');
  three.clock.ms += 1_000;
  return three;
}

describe('a probe', () => {
  it('is one use at a time until an ok', () => {
    const three = halfOpen();
    const probe = three.next()!;
    expect([probe.n, probe.isProbe]).toEqual([1, true]);
    expect(three.next()!.isProbe).toBe(false);
    expect(three.picked()).toEqual([2, 3]);
    probe.observe('ok');
    expect(three.picked()).toEqual([1, 2, 3]);
  });

  it('is another use where one said nothing', () => {
    const three = halfOpen();
    three.next()!.release();
    expect(three.next()!.n).toBe(1);
  });

  it('is another use where one has said nothing for long, as while a body is on its way', () => {
    const three = halfOpen();
    const slow = three.next()!;
    three.clock.ms += 9_999;
    expect(three.picked()).toEqual([2, 3]);
    three.clock.ms += 1;
    const probe = three.next()!;
    expect([probe.n, probe.isProbe]).toEqual([1, true]);
    expect(three.picked()).toEqual([2, 3]);
    probe.release('ok');
    slow.release('ok');
    expect(three.picked()).toEqual([1, 2, 3]);
  });

  it('is not for a second attempt', () => {
    expect(halfOpen().next([2])!.n).toBe(3);
  });

  it('lets the instance begin again like the others', () => {
    const three = halfOpen();
    expect(three.stateOf(1).ewmaMs).toBeGreaterThan(15);
    three.next()!.release('ok');
    expect(three.stateOf(1).ewmaMs).toBe(0);
  });

  it('ends an ejection whose probe fails when by now all fail', () => {
    const two = fleet(2);
    two.show(1, 'timeout', 2);
    two.show(2, 'ok');
    two.show(1, 'timeout');
    expect(two.ejected()).toEqual([1]);
    two.clock.ms += 10_000;
    two.show(2, 'error');
    two.next()!.release('error');
    expect(two.ejected()).toEqual([]);
  });
});

describe('what came before', () => {
  it('is ignored: uses that began before an ejection count once', () => {
    const three = fleet(3);
    const uses = Array.from({ length: 10 }, () => three.pool.pick({ only: idOf(1) })!);
    for (const use of uses.slice(0, 9)) use.release('refused');
    expect(three.stateOf(1)).toMatchObject({ ejectedForMs: 1_000, inFlight: 1 });
    uses[9]!.release('ok');
    expect(three.ejected()).toEqual([1]);
    three.clock.ms += 1_000;
    three.next()!.release('refused');
    expect(three.stateOf(1).ejectedForMs).toBe(2_000);
  });

  it('is not cleared by an update of the catalog', () => {
    const three = fleet(3, [2]);
    three.show(1, 'refused');
    three.show(3, 'error', 4);
    three.list('passing', 'passing', 'passing');
    three.list('critical', 'passing', 'passing');
    three.list();
    three.list('passing', 'passing', 'passing');
    three.show(3, 'error');
    expect(three.ejected()).toEqual([1, 3]);
    expect(three.picked()).toEqual([2]);
  });
});

describe('when there is nobody better', () => {
  it('takes who fails before who refuses, and who refuses before nobody', () => {
    const three = fleet(3, [2]);
    three.show(1, 'timeout', 3);
    three.show(3, 'refused');
    expect(three.next()!.n).toBe(2);
    expect(three.next([2])!.n).toBe(1);
    expect(three.next([1, 2])!.n).toBe(3);
    expect(three.next([1, 2, 3])).toBeUndefined();
    three.show(2, 'refused');
    expect(three.picked()).toEqual([1]);
  });

  it('uses all that refuse, learns nothing new from it, and has them all tried as soon as one answers', () => {
    const three = fleet(3);
    for (const n of [1, 2, 3]) three.show(n, 'refused');
    for (let at = 0; at < 9; at += 1) three.next()!.release('refused');
    expect(three.stateOf(2)).toMatchObject({ ejectedForMs: 1_000 });
    three.show(2, 'ok');
    expect(three.ejected()).toEqual([1, 3]);
    expect([three.next()!.n, three.next()!.n, three.next()!.n]).toEqual([1, 3, 2]);
  });

  it('leaves one ejected that refused us although it panics', () => {
    const four = fleet(4);
    four.list('passing', 'critical', 'critical', 'critical');
    expect(four.picked()).toEqual([1, 2, 3, 4]);
    four.show(3, 'refused');
    expect(four.picked()).toEqual([1, 2, 4]);
  });
});

describe('a pick', () => {
  it('of one by its id is made whatever its state, but not of one that is gone', () => {
    const three = fleet(3);
    three.show(1, 'refused');
    three.list('passing', 'maintenance');
    for (const n of [1, 2]) expect(three.pool.pick({ only: idOf(n) })!.instance.id).toBe(idOf(n));
    expect(three.pool.pick({ only: idOf(3) })).toBeUndefined();
  });

  it('never gives an excluded one, of few or of many', () => {
    for (const count of [3, 40]) {
      const all = fleet(count);
      for (let at = 0; at < 100; at += 1) expect([1, 2]).not.toContain(all.next([1, 2])!.n);
    }
  });

  it('is said to be left while somebody can be picked who is not excluded, also one that is ejected', () => {
    const three = fleet(3);
    three.show(1, 'refused');
    three.list('passing', 'passing', 'maintenance');
    const isLeft = (...exclude: number[]): boolean => three.pool.hasOther(new Set(exclude.map(idOf)));
    expect([isLeft(), isLeft(2), isLeft(1), isLeft(1, 2)]).toEqual([true, true, true, false]);
    expect(three.next([1, 2])).toBeUndefined();
    expect(three.pool.members().map(({ inFlight }) => inFlight)).toEqual([0, 0, 0]);
  });

  it('takes the first outcome, its latency from then, and its place until the end', () => {
    const one = fleet(1);
    for (let at = 0; at < 3; at += 1) {
      const pick = one.pool.pick()!;
      one.clock.ms += 50;
      pick.observe('ok');
      pick.observe('error');
      one.clock.ms += 100_000;
      expect(one.stateOf(1).inFlight).toBe(1);
      pick.release('refused');
      pick.release('refused');
    }
    expect(one.stateOf(1)).toMatchObject({ inFlight: 0, why: undefined });
    expect(one.stateOf(1).ewmaMs).toBeLessThanOrEqual(50);
    for (let at = 0; at < 3; at += 1) {
      const pick = one.pool.pick()!;
      one.clock.ms += 50;
      pick.release('ok');
    }
    expect(one.stateOf(1).ewmaMs).toBe(50);
  });
});
