import { describe, expect, it } from '@jest/globals';
import { type FailedAttempt, isSafe, mayGoElsewhere } from './retryable.ts';

const get: FailedAttempt = { reach: 'sent', broken: true, hasBody: false, method: 'GET', path: '/whoami', headers: {} };
const post: FailedAttempt = { ...get, hasBody: true, method: 'POST', path: '/jobs' };

const safe = (method: string, path: string, headers = {}): boolean => isSafe({ method, path, headers });

describe('mayGoElsewhere', () => {
  it.each(['GET', 'POST', 'DELETE'])('lets any %s go elsewhere while nothing was sent', (method) => {
    expect(mayGoElsewhere({ ...post, method, reach: 'unsent', broken: false })).toBe(true);
  });

  it('lets a safe request without a body go elsewhere after a broken connection', () => {
    expect(mayGoElsewhere(get)).toBe(true);
    expect(mayGoElsewhere({ ...get, path: '/' })).toBe(false);
    expect(mayGoElsewhere({ ...get, hasBody: true })).toBe(false);
  });

  it('never does so once an answer began, nor after a deadline', () => {
    expect(mayGoElsewhere({ ...get, reach: 'answered' })).toBe(false);
    expect(mayGoElsewhere({ ...get, broken: false })).toBe(false);
  });

  it('never sends a begun body again, a key for it or not', () => {
    expect(mayGoElsewhere({ ...post, headers: { 'idempotency-key': 'k' } })).toBe(false);
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
    expect(safe('DELETE', '/values/a', { 'if-match': '"1"' })).toBe(true);
    expect(safe('POST', '/jobs')).toBe(false);
    expect(safe('POST', '/jobs', { 'idempotency-key': 'k' })).toBe(true);
  });

  it('calls HEAD safe everywhere, because it never has an effect', () => {
    expect(safe('HEAD', '/')).toBe(true);
    expect(safe('HEAD', '/set?key=a&value=b')).toBe(true);
  });
});
