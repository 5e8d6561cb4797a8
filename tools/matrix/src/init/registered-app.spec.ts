import { describe, expect, it } from '@jest/globals';
import { checkEnd } from './registered-app.ts';

const kept = { sent: 500, answered: 500, lost: [], sentAfter: 300, end: 0, entries: 0 } as const;

describe('checkEnd', () => {
  it('says what was kept', () => {
    expect(checkEnd(kept)).toBe('0 of 500 lost, 300 behind it');
  });

  it.each([
    ['a request', { lost: ['fetch failed: ECONNRESET'] }, 'ECONNRESET'],
    ['the load', { sentAfter: 0 }, 'no request was sent behind SIGTERM'],
    ['the exit code', { end: 'SIGTERM' }, 'ended with SIGTERM'],
    ['the deregistration', { entries: 1 }, 'Consul still has 1 of it'],
  ] as const)('does not pass where %s is lost', (_what, change, words) => {
    expect(() => checkEnd({ ...kept, ...change })).toThrow(words);
  });
});
