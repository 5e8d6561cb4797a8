import { describe, expect, it } from '@jest/globals';
import { type Marks, leavesAt, takeWithin, windowRate } from '../src/limits/sliding-window.ts';
import { limitSteps, seeded } from './limit-steps.ts';

const S = 1_000_000;
const START_US = 1_800_000_000_000_000;
const fiveInTen = windowRate({ count: 5, periodMs: 10_000 });
const NONE: Marks = new Map();
const one = (nowUs: number, rate = fiveInTen, marks = NONE, cost = 1) => takeWithin(nowUs, [{ rate, marks, cost }])[0]!;
const at = (...moments: number[]): Marks => new Map(moments.map((moment) => [moment, 1]));

describe('takeWithin', () => {
  const twoInOne = windowRate({ count: 2, periodMs: 1_000 });
  it.each([
    ['the first ever', 100 * S, NONE, { allowed: true, remaining: 1, resetMs: 1_000, retryAfterMs: 0 }],
    ['the last', 100.5 * S, at(100 * S), { allowed: true, remaining: 0, resetMs: 1_000, retryAfterMs: 0 }],
    [
      'one too many',
      100.6 * S,
      at(100 * S, 100.5 * S),
      { allowed: false, remaining: 0, resetMs: 900, retryAfterMs: 400 },
    ],
    [
      'a little too early',
      101 * S - 1,
      at(100 * S, 100.5 * S),
      { allowed: false, remaining: 0, resetMs: 501, retryAfterMs: 1 },
    ],
    ['just in time', 101 * S, at(100 * S, 100.5 * S), { allowed: true, remaining: 0, resetMs: 1_000, retryAfterMs: 0 }],
    ['after a rest', 900 * S, at(100 * S, 101 * S), { allowed: true, remaining: 1, resetMs: 1_000, retryAfterMs: 0 }],
  ])('%s', (_name, nowUs, marks, answer) => {
    expect(one(nowUs, twoInOne, marks)).toMatchObject({ limit: 2, ...answer });
  });

  it('lets nobody wait for a clock that was set back to come there again', () => {
    const ahead = at(5_000 * S, 5_001 * S);
    const refused = one(100 * S, twoInOne, ahead);
    expect(refused).toMatchObject({ allowed: false, retryAfterMs: 1_000 });
    expect(one(101 * S, twoInOne, refused.marks)).toMatchObject({ allowed: true, remaining: 1 });
  });

  it('lets all pass after a clock was set ahead, and once only', () => {
    const ahead = one(5_000 * S, twoInOne, at(100 * S, 100.5 * S));
    expect(ahead).toMatchObject({ allowed: true, remaining: 1 });
    expect(one(101 * S, twoInOne, ahead.marks)).toMatchObject({ allowed: true, remaining: 0 });
  });

  it.each([
    { count: 1, periodMs: 1_000 },
    { count: 5, periodMs: 10_000 },
    { count: 20, periodMs: 1_000 },
    { count: 21, periodMs: 1_000 },
    { count: 100, periodMs: 60_000 },
    { count: 1_000, periodMs: 1_000 },
  ])('never lets more than $count through in any $periodMs ms, and says truly what is left and until when', (given) => {
    const rate = windowRate(given);
    const random = seeded(20);
    const allowedAt: number[] = [];
    let nowUs = START_US;
    let marks = NONE;
    for (let step = 0; step < Math.max(2_000, 5 * given.count); step += 1) {
      const pace = (given.periodMs * 1_000) / given.count;
      nowUs += random() < 0.6 ? 0 : Math.floor(random() * pace * (random() < 0.05 ? 10 : 3));
      const cost = 1 + Math.floor(random() ** 8 * Math.min(3, given.count));
      const answer = one(nowUs, rate, marks, cost);
      const { allowed, remaining, retryAfterMs } = answer;
      if (allowed) for (let n = 0; n < cost; n += 1) allowedAt.push(nowUs);
      const after = (ms: number): boolean => one(nowUs + ms * 1_000, rate, answer.marks, cost).allowed;
      expect([after(retryAfterMs), !allowed && after(retryAfterMs - 1)]).toEqual([
        !allowed || remaining >= cost,
        false,
      ]);
      const fits = (amount: number): boolean => one(nowUs, rate, answer.marks, amount).allowed;
      expect([remaining === 0 || fits(remaining), remaining < given.count && fits(remaining + 1)]).toEqual([
        true,
        false,
      ]);
      expect(answer.marks.size).toBeLessThanOrEqual(22);
      ({ marks } = answer);
    }
    expect(allowedAt.length).toBeGreaterThan(3 * given.count);
    const closest = allowedAt.slice(given.count).map((each, from) => each - allowedAt[from]!);
    expect(Math.min(...closest)).toBeGreaterThanOrEqual(given.periodMs * 1_000);
  });

  it('gives back what was taken after the period, where there are many a twentieth of it later at most', () => {
    for (const count of [5, 20, 21, 1_000]) {
      const rate = windowRate({ count, periodMs: 10_000 });
      const late = START_US + 123_456;
      const { retryAfterMs } = one(late, rate, one(late, rate, NONE, count).marks);
      expect(retryAfterMs).toBeGreaterThanOrEqual(10_000);
      expect(retryAfterMs).toBeLessThanOrEqual(count <= 20 ? 10_000 : 10_500);
    }
  });

  it('takes from all keys or from none, over a run of every kind, and forgets nothing that counts', () => {
    const kept = new Map<string, Marks>();
    let refused = 0;
    for (const { nowUs, takes } of limitSteps(7, 2_000)) {
      const held = takes.map(({ key, rate, cost }) => ({ rate, cost, marks: kept.get(key) ?? NONE }));
      const answers = takeWithin(nowUs, held);
      const allAllowed = answers.every(({ allowed }) => allowed);
      if (!allAllowed) refused += 1;
      for (const [n, { key, rate, cost }] of takes.entries()) {
        const counts = [...held[n]!.marks].filter(([mark]) => leavesAt(mark, rate) > nowUs);
        const before = counts.reduce((sum, [, each]) => sum + each, 0);
        const after = [...answers[n]!.marks.values()].reduce((sum, each) => sum + each, 0);
        expect(after).toBe(before + (allAllowed ? cost : 0));
        kept.set(key, answers[n]!.marks);
      }
    }
    expect(refused).toBeGreaterThan(100);
    expect(refused).toBeLessThan(1_900);
  });
});
