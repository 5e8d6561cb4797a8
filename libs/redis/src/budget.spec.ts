import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { insideRun, isInsideRun, outsideBudget, remainingBudgetMs, withRedisBudget } from './budget.ts';

describe('withRedisBudget', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('is endless without a budget', () => expect(remainingBudgetMs()).toBe(Infinity));

  it('is what is left, across awaits, and never below 0', async () => {
    await withRedisBudget(20, async () => {
      expect(remainingBudgetMs()).toBe(20);
      jest.advanceTimersByTime(19);
      await Promise.resolve();
      expect(remainingBudgetMs()).toBe(1);
      jest.advanceTimersByTime(2);
      await Promise.resolve();
      expect(remainingBudgetMs()).toBe(0);
    });
    expect(remainingBudgetMs()).toBe(Infinity);
  });

  it('has a clock that starts with the first command, and the one around it has too', async () => {
    await withRedisBudget(30, () =>
      withRedisBudget(20, async () => {
        jest.advanceTimersByTime(1_000);
        await Promise.resolve();
        expect(remainingBudgetMs()).toBe(20);
        jest.advanceTimersByTime(15);
        expect(remainingBudgetMs()).toBe(5);
        expect(withRedisBudget(20, () => remainingBudgetMs())).toBe(5);
      }),
    );
  });

  it('has a grace behind its end, once for all commands, and never more than the whole', () => {
    withRedisBudget(500, () => {
      expect(remainingBudgetMs(100)).toBe(500);
      jest.advanceTimersByTime(1_000);
      expect([remainingBudgetMs(100), remainingBudgetMs()]).toEqual([100, 0]);
      jest.advanceTimersByTime(90);
      expect(remainingBudgetMs(100)).toBe(10);
      jest.advanceTimersByTime(90);
      expect(remainingBudgetMs(100)).toBe(0);
    });
    withRedisBudget(30, () => {
      expect(remainingBudgetMs(100)).toBe(30);
      jest.advanceTimersByTime(40);
      expect(remainingBudgetMs(100)).toBe(30);
    });
  });

  it('nests: the tighter one counts', () => {
    withRedisBudget(100, () => withRedisBudget(5_000, () => expect(remainingBudgetMs()).toBe(100)));
    withRedisBudget(5_000, () => withRedisBudget(100, () => expect(remainingBudgetMs()).toBe(100)));
  });

  it('keeps the requests of one process apart', async () => {
    const seen = await Promise.all([1_000, 2_000].map((ms) => withRedisBudget(ms, async () => remainingBudgetMs())));
    expect(seen).toEqual([1_000, 2_000]);
  });

  it('knows which connection it runs in, and keeps the budget there', () => {
    const connection = {};
    withRedisBudget(100, () =>
      insideRun(connection, () => {
        expect(isInsideRun(connection)).toBe(true);
        expect(isInsideRun({})).toBe(false);
        expect(remainingBudgetMs()).toBe(100);
      }),
    );
    expect(isInsideRun(connection)).toBe(false);
  });

  it('lets a batch out of the budget and the run of the request that began it, across awaits', async () => {
    const connection = {};
    await withRedisBudget(100, () =>
      insideRun(connection, async () => {
        const seen = await outsideBudget(async () => {
          await Promise.resolve();
          return [remainingBudgetMs(), isInsideRun(connection)];
        });
        expect(seen).toEqual([Infinity, false]);
        expect(remainingBudgetMs()).toBe(100);
        expect(isInsideRun(connection)).toBe(true);
      }),
    );
  });
});
