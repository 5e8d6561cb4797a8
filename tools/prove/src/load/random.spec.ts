import { describe, expect, it } from '@jest/globals';
import { seededRandom } from './random.ts';

const draws = (seed: number): number[] => {
  const random = seededRandom(seed);
  return Array.from({ length: 20 }, () => random.next());
};

describe('a seed', () => {
  it('replays every choice, and another one makes others', () => {
    expect(draws(7)).toEqual(draws(7));
    expect(draws(7)).not.toEqual(draws(8));
  });

  it('spreads evenly', () => {
    const random = seededRandom(1);
    const counts = [0, 0, 0];
    for (let n = 0; n < 3_000; n += 1) counts[random.below(3)]! += 1;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(120);
  });

  it('gives each part choices of its own, whatever was drawn before', () => {
    const [early, late] = [seededRandom(7), seededRandom(7)];
    late.next();
    expect(late.fork('kill-api').next()).toBe(early.fork('kill-api').next());
    expect(early.fork('kill-api').next()).not.toBe(early.fork('roll').next());
  });

  it('chooses of a list, and not of an empty one', () => {
    expect(['a', 'b']).toContain(seededRandom(3).of(['a', 'b']));
    expect(() => seededRandom(3).of([])).toThrow('nothing to choose from');
  });
});
