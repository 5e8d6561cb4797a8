import { describe, expect, it } from '@jest/globals';
import { reasonOf } from './errors.ts';

describe('reasonOf', () => {
  it.each([
    ['text', 'text'],
    [new Error('plain'), 'plain'],
    [new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }), 'fetch failed: connect ECONNREFUSED'],
    [
      new TypeError('fetch failed', { cause: new AggregateError([new Error('v6'), new Error('v4')], 'both') }),
      'fetch failed: v6, v4',
    ],
  ])('%p', (error, reason) => {
    expect(reasonOf(error)).toBe(reason);
  });
});
