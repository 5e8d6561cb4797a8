import { describe, expect, it } from '@jest/globals';
import { checkTermination } from './terminate-under-load.ts';

const kept = {
  sent: 500,
  answered: 500,
  lost: [],
  sentAfter: 300,
  end: 0,
  tookMs: 6_000,
  shortJob: 'completed',
  longJob: 'waiting',
  counted: 500,
} as const;

describe('checkTermination', () => {
  it('says what was kept', () => {
    expect(checkTermination(kept)).toBe('0 of 500 lost, 300 behind it, jobs completed and waiting');
    expect(checkTermination({ ...kept, shortJob: 'waiting' })).toBe(
      '0 of 500 lost, 300 behind it, jobs waiting and waiting',
    );
  });

  it.each([
    ['a request', { answered: 499, counted: 499, lost: ['fetch failed: ECONNRESET'] }, 'ECONNRESET'],
    ['a visit', { counted: 499 }, '500 were answered, and 499 counted'],
    ['the load', { sentAfter: 0 }, 'no request was sent behind SIGTERM'],
    ['the exit code', { end: 'SIGTERM' }, 'ended with SIGTERM'],
    ['a job that ended in time', { shortJob: 'active' }, 'the short job is active'],
    ['a job that did not', { longJob: 'active' }, 'the long job is active'],
    ['a job, whole', { longJob: undefined }, 'the long job is undefined'],
  ] as const)('does not pass where %s is lost', (_what, change, words) => {
    expect(() => checkTermination({ ...kept, ...change })).toThrow(words);
  });
});
