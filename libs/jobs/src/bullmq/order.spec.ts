import { describe, expect, it } from '@jest/globals';
import { orderOf } from './order.ts';

const YEAR_MS = 365 * 24 * 3_600_000;

describe('orderOf', () => {
  it.each([
    [{}, {}],
    [{ delayMs: 0 }, {}],
    [{ priority: 1 }, { priority: 1 }],
    [
      { priority: 2_097_151, delayMs: YEAR_MS },
      { priority: 2_097_151, delay: YEAR_MS },
    ],
  ])('of %j is %j', (options, order) => {
    expect(orderOf(options)).toEqual(order);
  });

  it.each([0, -1, 1.5, 2_097_152, Number.NaN])('takes no priority of %d', (priority) => {
    expect(() => orderOf({ priority })).toThrow(expect.objectContaining({ code: 'invalid_priority', status: 400 }));
  });

  it.each([-1, 0.5, YEAR_MS + 1, Number.POSITIVE_INFINITY])('takes no delay of %d', (delayMs) => {
    expect(() => orderOf({ delayMs })).toThrow(expect.objectContaining({ code: 'invalid_delay', status: 400 }));
  });
});
