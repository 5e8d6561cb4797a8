import { describe, expect, it } from '@jest/globals';
import { services } from '@nestfleet/contracts';
import { type AttemptProgress, isIdempotent, isRetryable as isRetryableOn } from './retry-policy.ts';

const { routes } = services.api;
const isRetryable = (attempt: AttemptProgress): boolean => isRetryableOn(attempt, routes);

const get: AttemptProgress = { reach: 'sent', bodyBegun: false, method: 'GET', path: '/whoami', headers: [] };
const post: AttemptProgress = { ...get, method: 'POST', path: '/jobs' };
const keyed: AttemptProgress = { ...post, headers: ['idempotency-key', 'k'] };

const idempotent = (method: string, path: string, ...headers: string[]): boolean =>
  isIdempotent({ method, path, headers }, routes);

describe('isRetryable', () => {
  it.each(['GET', 'POST', 'DELETE'])('is true of any %s while nothing was sent', (method) => {
    expect(isRetryable({ ...post, method, reach: 'unsent' })).toBe(true);
  });

  it.each(['GET', 'POST', 'DELETE'])('is true of any %s that a full replica has not begun', (method) => {
    expect(isRetryable({ ...post, method, reach: 'not_begun' })).toBe(true);
    expect(isRetryable({ ...post, method, reach: 'not_begun', bodyBegun: true })).toBe(false);
  });

  it('is true only of an idempotent request once it was sent', () => {
    expect(isRetryable(get)).toBe(true);
    expect(isRetryable({ ...get, path: '/' })).toBe(false);
    expect(isRetryable(post)).toBe(false);
    expect(isRetryable(keyed)).toBe(true);
  });

  it('is false once an answer began', () => {
    expect(isRetryable({ ...get, reach: 'answered' })).toBe(false);
  });

  it('is false once a body was begun, a key for it or not', () => {
    expect(isRetryable({ ...keyed, bodyBegun: true })).toBe(false);
    expect(isRetryable({ ...keyed, bodyBegun: true, reach: 'unsent' })).toBe(false);
  });
});

describe('isIdempotent', () => {
  it('follows the contract’s list', () => {
    expect(idempotent('GET', '/values/a?x=1')).toBe(true);
    expect(idempotent('GET', '/get?key=a')).toBe(true);
    expect(idempotent('GET', '/jobs/demo.1')).toBe(true);
    expect(idempotent('GET', '/set?key=a&value=b')).toBe(false);
    expect(idempotent('GET', '/enqueue?job=a')).toBe(false);
    expect(idempotent('GET', '/')).toBe(false);
    expect(idempotent('GET', '/not-listed')).toBe(false);
    expect(idempotent('GET', '/values/')).toBe(false);
    expect(idempotent('GET', '/values/a/b')).toBe(false);
    expect(idempotent('PATCH', '/values/a')).toBe(false);
  });

  it('goes by the most specific route, whatever their order', () => {
    const some = [
      { method: 'GET', path: '/invoices/*', retryPolicy: 'idempotent' },
      { method: 'GET', path: '/invoices/next', retryPolicy: 'connect-failure' },
    ] as const;
    for (const each of [some, some.toReversed()]) {
      expect(isIdempotent({ method: 'GET', path: '/invoices/next', headers: [] }, each)).toBe(false);
      expect(isIdempotent({ method: 'GET', path: '/invoices/7', headers: [] }, each)).toBe(true);
    }
  });

  it('calls a conditional write idempotent only with its condition', () => {
    expect(idempotent('DELETE', '/values/a')).toBe(false);
    expect(idempotent('DELETE', '/values/a', 'if-match', '"1"')).toBe(true);
    expect(idempotent('PUT', '/values/a', 'if-match', '"1", "2"')).toBe(true);
    expect(idempotent('PUT', '/values/a', 'if-match', '*')).toBe(false);
    expect(idempotent('PUT', '/values/a', 'if-match', '"1"', 'if-match', ' * ')).toBe(false);
    expect(idempotent('PUT', '/values/a', 'if-match', '"1", *')).toBe(false);
    expect(idempotent('PUT', '/values/a', 'if-match', '')).toBe(false);
    expect(idempotent('PUT', '/values/a', 'if-match', 'W/"1"', 'if-match', '"2"')).toBe(true);
    expect(idempotent('PUT', '/values/a', 'if-none-match', '*')).toBe(false);
    expect(idempotent('GET', '/counters/a?window_ms=1000')).toBe(true);
    expect(idempotent('POST', '/counters/a')).toBe(false);
    expect(idempotent('POST', '/counters/a', 'idempotency-key', 'k')).toBe(true);
    expect(idempotent('POST', '/jobs')).toBe(false);
    expect(idempotent('POST', '/jobs', 'idempotency-key', 'k')).toBe(true);
    expect(idempotent('POST', '/jobs', 'idempotency-key', '')).toBe(false);
    expect(idempotent('POST', '/jobs', 'idempotency-key', 'k', 'idempotency-key', 'k')).toBe(false);
    expect(idempotent('POST', '/jobs', 'x-name', 'idempotency-key')).toBe(false);
  });

  it('calls HEAD idempotent everywhere, because it never has an effect', () => {
    expect(idempotent('HEAD', '/')).toBe(true);
    expect(idempotent('HEAD', '/set?key=a&value=b')).toBe(true);
  });
});
