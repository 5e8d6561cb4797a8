import { describe, expect, it } from '@jest/globals';
import { createRetryBudget } from './retry-budget.ts';

function budgetAt(startMs = 0) {
  const clock = { ms: startMs };
  const fleet = { hasHealthyMember: true };
  const asked: boolean[] = [];
  const budget = createRetryBudget(
    () => clock.ms,
    () => fleet.hasHealthyMember,
    (isGranted) => asked.push(isGranted),
  );
  const takeAll = (): number => {
    let taken = 0;
    while (taken < 1_000 && budget.take()) taken += 1;
    return taken;
  };
  const request = (times: number): void => {
    for (let at = 0; at < times; at += 1) budget.request();
  };
  return { clock, fleet, asked, budget, request, takeAll };
}

describe('the retry budget', () => {
  it.each([
    ['three where there is no traffic', 0, 3],
    ['three and a fifth of the first attempts, where there are few', 10, 5],
    ['three and a fifth where there are many', 100, 23],
    ['never a part of one more', 19, 6],
  ])('%s', (_, requests, expected) => {
    const { request, takeAll } = budgetAt();
    request(requests);
    expect(takeAll()).toBe(expected);
    expect(takeAll()).toBe(0);
  });

  it('forgets what is ten seconds old', () => {
    const { clock, request, takeAll } = budgetAt(123_456);
    request(100);
    expect(takeAll()).toBe(23);
    clock.ms += 8_500;
    request(10);
    expect(takeAll()).toBe(2);
    clock.ms += 1_500;
    expect(takeAll()).toBe(3);
    clock.ms += 60_000;
    expect(takeAll()).toBe(3);
  });

  it('reports every retry that it grants or refuses', () => {
    const { asked, takeAll } = budgetAt();
    takeAll();
    takeAll();
    expect(asked).toEqual([true, true, true, false, false]);
  });

  it('costs nothing after what was no load, while an instance is healthy', () => {
    const { fleet, asked, budget, takeAll } = budgetAt();
    for (let times = 0; times < 60; times += 1) expect(budget.take(true)).toBe(true);
    expect(asked).toEqual([]);
    expect(takeAll()).toBe(3);
    expect(budget.take(true)).toBe(true);
    fleet.hasHealthyMember = false;
    expect(budget.take(true)).toBe(false);
  });

  it('is the least where no instance is healthy', () => {
    const { fleet, request, takeAll } = budgetAt();
    request(100);
    fleet.hasHealthyMember = false;
    expect(takeAll()).toBe(3);
    fleet.hasHealthyMember = true;
    expect(takeAll()).toBe(20);
  });
});
