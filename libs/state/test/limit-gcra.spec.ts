import { describe, expect, it } from '@jest/globals';
import { type GcraRate, gcraRate, takeGcra } from '../src/limits/gcra.ts';
import { limitSteps, seeded } from './limit-steps.ts';

const S = 1_000_000;
const sevenInASecond = gcraRate({ count: 7, periodMs: 1_000 });
const one = (nowUs: number, rate: GcraRate, fullUs?: number) => takeGcra(nowUs, [{ rate, fullUs }])[0]!;

describe('takeGcra', () => {
  const twoAtOnce = gcraRate({ count: 1, periodMs: 1_000, burst: 2 });
  it.each([
    ['the first ever', 100 * S, undefined, { allowed: true, remaining: 1, resetMs: 1_000, retryAfterMs: 0 }],
    ['the last of the burst', 100 * S, 101 * S, { allowed: true, remaining: 0, resetMs: 2_000, retryAfterMs: 0 }],
    ['one too many', 100 * S, 102 * S, { allowed: false, remaining: 0, resetMs: 2_000, retryAfterMs: 1_000 }],
    ['a little too early', 101 * S - 1, 102 * S, { allowed: false, remaining: 0, resetMs: 1_001, retryAfterMs: 1 }],
    ['just in time', 101 * S, 102 * S, { allowed: true, remaining: 0, resetMs: 2_000, retryAfterMs: 0 }],
    ['after a long rest', 900 * S, 102 * S, { allowed: true, remaining: 1, resetMs: 1_000, retryAfterMs: 0 }],
    ['the clock set back', 50 * S, 102 * S, { allowed: false, remaining: 0, resetMs: 2_000, retryAfterMs: 1_000 }],
  ])('%s', (_name, nowUs, fullUs, answer) => {
    expect(one(nowUs, twoAtOnce, fullUs)).toMatchObject({ limit: 2, ...answer });
  });

  it('lets the whole burst through where a period does not divide into whole microseconds', () => {
    let fullUs: number | undefined;
    const allowed = Array.from({ length: 9 }, () => {
      const taken = one(1_800_000_000_000_000, sevenInASecond, fullUs);
      fullUs = taken.fullUs;
      return taken.allowed;
    });
    expect(allowed).toEqual([...Array.from({ length: 7 }, () => true), false, false]);
  });

  it('never lets more through than burst and time allow, and says truly what is left and how long to wait', () => {
    const random = seeded(20);
    const allowedAt: number[] = [];
    let nowUs = 1_800_000_000_000_000;
    let fullUs: number | undefined;
    for (let step = 0; step < 3_000; step += 1) {
      nowUs += random() < 0.6 ? 0 : Math.floor(random() * 400_000);
      const taken = one(nowUs, sevenInASecond, fullUs);
      const { allowed } = taken;
      if (allowed) allowedAt.push(nowUs);
      const after = (us: number): boolean => one(nowUs + us, sevenInASecond, fullUs).allowed;
      const waitUs = taken.retryAfterMs * 1_000;
      expect([after(waitUs), allowed || after(waitUs - 1_001)]).toEqual([true, allowed]);
      expect(taken.fullUs).toBe(Math.max(fullUs ?? 0, nowUs) + (allowed ? sevenInASecond.stepUs : 0));
      let next = taken;
      for (let left = taken.remaining; left > 0; left -= 1) {
        next = one(nowUs, sevenInASecond, next.fullUs);
        expect(next.allowed).toBe(true);
      }
      expect(one(nowUs, sevenInASecond, next.fullUs).allowed).toBe(false);
      ({ fullUs } = taken);
    }
    expect(allowedAt.length).toBeGreaterThan(500);
    for (let from = 0; from < allowedAt.length; from += 1) {
      for (let to = from; to < Math.min(allowedAt.length, from + 40); to += 1) {
        const windowUs = allowedAt[to]! - allowedAt[from]!;
        expect(to - from + 1).toBeLessThanOrEqual(7 + Math.floor(windowUs / sevenInASecond.stepUs));
      }
    }
  });

  it('takes from all keys or from none, over a run of every kind', () => {
    const moments = new Map<string, number>();
    let refused = 0;
    for (const { nowUs, takes } of limitSteps(7, 2_000)) {
      const answers = takeGcra(
        nowUs,
        takes.map(({ key, rate }) => ({ rate, fullUs: moments.get(key) })),
      );
      const allAllowed = answers.every(({ allowed }) => allowed);
      if (!allAllowed) refused += 1;
      for (const [at, { key, rate }] of takes.entries()) {
        const before = Math.min(Math.max(moments.get(key) ?? nowUs, nowUs), nowUs + rate.roomUs);
        expect(answers[at]!.fullUs).toBe(allAllowed ? before + rate.stepUs : before);
        moments.set(key, answers[at]!.fullUs);
      }
    }
    expect(refused).toBeGreaterThan(100);
    expect(refused).toBeLessThan(1_900);
  });
});
