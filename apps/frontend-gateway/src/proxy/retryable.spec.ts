import { describe, expect, it } from '@jest/globals';
import { type FailedAttempt, isSafe, mayGoElsewhere } from './retryable.ts';

const get: FailedAttempt = { reach: 'sent', bodyBegun: false, method: 'GET', path: '/whoami', headers: [] };
const post: FailedAttempt = { ...get, method: 'POST', path: '/jobs' };
const keyed: FailedAttempt = { ...post, headers: ['idempotency-key', 'k'] };

const safe = (method: string, path: string, ...headers: string[]): boolean => isSafe({ method, path, headers });

describe('mayGoElsewhere', () => {
  it.each(['GET', 'POST', 'DELETE'])('lets any %s go elsewhere while nothing was sent', (method) => {
    expect(mayGoElsewhere({ ...post, method, reach: 'unsent' })).toBe(true);
  });

  it('lets only a safe request go elsewhere once it was sent', () => {
    expect(mayGoElsewhere(get)).toBe(true);
    expect(mayGoElsewhere({ ...get, path: '/' })).toBe(false);
    expect(mayGoElsewhere(post)).toBe(false);
    expect(mayGoElsewhere(keyed)).toBe(true);
  });

  it('never does so once an answer began', () => {
    expect(mayGoElsewhere({ ...get, reach: 'answered' })).toBe(false);
  });

  it('never sends a begun body again, a key for it or not', () => {
    expect(mayGoElsewhere({ ...keyed, bodyBegun: true })).toBe(false);
    expect(mayGoElsewhere({ ...keyed, bodyBegun: true, reach: 'unsent' })).toBe(false);
  });
});

describe('isSafe', () => {
  it('follows the contract’s list', () => {
    expect(safe('GET', '/values/a?x=1')).toBe(true);
    expect(safe('GET', '/get?key=a')).toBe(true);
    expect(safe('GET', '/jobs/demo.1')).toBe(true);
    expect(safe('GET', '/set?key=a&value=b')).toBe(false);
    expect(safe('GET', '/enqueue?job=a')).toBe(false);
    expect(safe('GET', '/')).toBe(false);
    expect(safe('GET', '/not-listed')).toBe(false);
    expect(safe('GET', '/values/')).toBe(false);
    expect(safe('GET', '/values/a/b')).toBe(false);
    expect(safe('PATCH', '/values/a')).toBe(false);
  });

  it('calls a conditional write safe only with its condition', () => {
    expect(safe('DELETE', '/values/a')).toBe(false);
    expect(safe('DELETE', '/values/a', 'if-match', '"1"')).toBe(true);
    expect(safe('PUT', '/values/a', 'if-match', '"1", "2"')).toBe(true);
    expect(safe('PUT', '/values/a', 'if-match', '*')).toBe(false);
    expect(safe('PUT', '/values/a', 'if-match', '"1"', 'if-match', ' * ')).toBe(false);
    expect(safe('PUT', '/values/a', 'if-match', '"1", *')).toBe(false);
    expect(safe('PUT', '/values/a', 'if-match', '')).toBe(false);
    expect(safe('PUT', '/values/a', 'if-match', 'W/"1"', 'if-match', '"2"')).toBe(true);
    expect(safe('PUT', '/values/a', 'if-none-match', '*')).toBe(false);
    expect(safe('GET', '/counters/a?window_ms=1000')).toBe(true);
    expect(safe('POST', '/counters/a')).toBe(false);
    expect(safe('POST', '/counters/a', 'idempotency-key', 'k')).toBe(true);
    expect(safe('POST', '/jobs')).toBe(false);
    expect(safe('POST', '/jobs', 'idempotency-key', 'k')).toBe(true);
    expect(safe('POST', '/jobs', 'idempotency-key', '')).toBe(false);
    expect(safe('POST', '/jobs', 'idempotency-key', 'k', 'idempotency-key', 'k')).toBe(false);
    expect(safe('POST', '/jobs', 'x-name', 'idempotency-key')).toBe(false);
  });

  it('calls HEAD safe everywhere, because it never has an effect', () => {
    expect(safe('HEAD', '/')).toBe(true);
    expect(safe('HEAD', '/set?key=a&value=b')).toBe(true);
  });
});
