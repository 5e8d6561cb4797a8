import { describe, expect, it } from '@jest/globals';
import { requestIdOf } from './adapter.ts';
import { serverUrl } from './openapi.ts';

describe('requestIdOf', () => {
  it('keeps a plain id and replaces one that could forge a log line', () => {
    expect(requestIdOf('abc-123')).toBe('abc-123');
    expect(requestIdOf('a\nb')).toMatch(/^[0-9a-f-]{36}$/);
    expect(requestIdOf('x'.repeat(129))).toMatch(/^[0-9a-f-]{36}$/);
    expect(requestIdOf(undefined)).not.toBe(requestIdOf(undefined));
  });
});

describe('serverUrl', () => {
  it.each([
    ['/api', '/api'],
    [undefined, '/'],
    ['//evil.example', '/'],
    ['https://evil.example', '/'],
    ['/a/b', '/a/b'],
  ])('%s -> %s', (header, url) => {
    expect(serverUrl(header)).toBe(url);
  });
});
