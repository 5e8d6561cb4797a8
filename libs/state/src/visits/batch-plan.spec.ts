import { describe, expect, it } from '@jest/globals';
import { VISITS_PER_SCRIPT_MAX, planScripts } from './batch-plan.ts';

const upTo = (n: number) => Array.from({ length: n }, (_none, at) => at);

describe('planScripts', () => {
  it.each([
    [0, []],
    [1, [1]],
    [VISITS_PER_SCRIPT_MAX, [VISITS_PER_SCRIPT_MAX]],
    [VISITS_PER_SCRIPT_MAX + 1, [VISITS_PER_SCRIPT_MAX, 1]],
    [2 * VISITS_PER_SCRIPT_MAX + 3, [VISITS_PER_SCRIPT_MAX, VISITS_PER_SCRIPT_MAX, 3]],
  ])('%d visits that may share are scripts of %j', (n, sizes) => {
    const scripts = planScripts(upTo(n));
    expect(scripts.map((each) => each.length)).toEqual(sizes);
    expect(scripts.flat()).toEqual(upTo(n));
  });

  it('keeps each part to itself, in the order in which its visits came', () => {
    expect(planScripts([10, 21, 11, 30, 20, 12], (visit) => Math.floor(visit / 10))).toEqual([
      [10, 11, 12],
      [21, 20],
      [30],
    ]);
  });

  it('bounds a part too', () => {
    const scripts = planScripts(upTo(2 * VISITS_PER_SCRIPT_MAX + 2), (visit) => visit % 2);
    expect(scripts.map((each) => each.length)).toEqual([VISITS_PER_SCRIPT_MAX, 1, VISITS_PER_SCRIPT_MAX, 1]);
  });
});
