import { describe, expect, it } from '@jest/globals';
import { boundsOf } from './bounds.ts';

describe('boundsOf', () => {
  it('has a default for each, and takes what the descriptor says', () => {
    expect(boundsOf({ name: 'demo' })).toMatchObject({
      payloadMaxBytes: 1_048_576,
      resultMaxBytes: 262_144,
      errorMaxBytes: 8_192,
      timeLimitMs: 3_600_000,
      keepCompletedMs: 3_600_000,
      keepFailedMs: 604_800_000,
      keepMax: 100_000,
      eventsMax: 100,
    });
    expect(boundsOf({ name: 'demo', resultMaxBytes: 10 })).toMatchObject({ resultMaxBytes: 10, errorMaxBytes: 8_192 });
  });

  it.each([
    ['payloadMaxBytes', 0],
    ['resultMaxBytes', 1.5],
    ['errorMaxBytes', 99],
    ['payloadMaxBytes', 2 ** 40],
    ['payloadMaxBytes', Number.NaN],
    ['timeLimitMs', 2 ** 31],
    ['keepCompletedMs', 999],
    ['keepMax', 0],
  ])('refuses %s of %d', (bound, value) => {
    expect(() => boundsOf({ name: 'demo', [bound]: value })).toThrow(`Queue demo: ${bound} must be a whole number`);
  });
});
