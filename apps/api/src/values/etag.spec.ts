import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '@nestfleet/service-defaults';
import { etagOf, expectedOf, notModified } from './etag.ts';

describe('expectedOf', () => {
  it.each([
    [undefined, undefined, undefined],
    ['"3"', undefined, 3],
    [undefined, '*', 'absent'],
  ] as const)('If-Match %s, If-None-Match %s -> %s', (ifMatch, ifNoneMatch, expected) => {
    expect(expectedOf(ifMatch, ifNoneMatch)).toBe(expected);
  });

  it.each([
    ['3', undefined, 'if-match'],
    ['W/"3"', undefined, 'if-match'],
    ['*', undefined, 'if-match'],
    [undefined, '"3"', 'if-none-match'],
    ['"3"', '*', 'if-none-match'],
  ] as const)('refuses If-Match %s, If-None-Match %s and names the header', (ifMatch, ifNoneMatch, path) => {
    const attempt = (): unknown => expectedOf(ifMatch, ifNoneMatch);
    expect(attempt).toThrow(ProblemError);
    expect(attempt).toThrow(
      expect.objectContaining({ spec: expect.objectContaining({ errors: [{ path, message: expect.any(String) }] }) }),
    );
  });
});

describe('notModified', () => {
  it.each([
    [undefined, false],
    [etagOf(3), true],
    ['"1", W/"3"', true],
    ['*', true],
    ['"33"', false],
  ] as const)('%s -> %s', (header, expected) => {
    expect(notModified(header, 3)).toBe(expected);
  });
});
