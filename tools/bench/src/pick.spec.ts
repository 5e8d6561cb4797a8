import { expect, it } from '@jest/globals';
import { BALANCER_NAMES } from '@nestfleet/discovery';
import { measureUs } from './measure.ts';
import { runPick } from './pick.ts';

it('measures every balancer in every way, against the baseline of the same run', async () => {
  const { table, bounds } = await runPick({ rounds: 1, roundMs: 0.1 }, [3]);
  expect(table.map(([name]) => name)).toEqual([
    'balancer, instances',
    'random index (baseline), 3',
    ...BALANCER_NAMES.map((name) => `${name}, 3`),
  ]);
  for (const row of table.slice(2)) for (const cell of row.slice(1)) expect(cell).toMatch(/^[\d.,]+$/);
  expect(bounds.map(({ what }) => what)).toEqual(BALANCER_NAMES.map((name) => `worst of ${name}`));
  expect(bounds.every(({ value }) => value > 0)).toBe(true);
});

it('takes the best of the rounds, each prepared and the first one left out', () => {
  let [rounds, runs] = [0, 0];
  const us = measureUs(
    () => (runs += 1),
    { rounds: 3, roundMs: 0.01 },
    () => (rounds += 1),
  );
  expect(rounds).toBe(4);
  expect(runs).toBeGreaterThanOrEqual(4 * 500);
  expect(us).toBeGreaterThan(0);
});
