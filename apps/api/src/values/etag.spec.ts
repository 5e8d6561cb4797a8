import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '@nestfleet/service-defaults';
import { etagOf, preconditionOf, readOutcome } from './etag.ts';

describe('preconditionOf', () => {
  it.each([
    [undefined, undefined, {}],
    [etagOf(3), undefined, { ifVersion: [3] }],
    [etagOf(Number.MAX_SAFE_INTEGER), undefined, { ifVersion: [Number.MAX_SAFE_INTEGER] }],
    ['"3", "4"', undefined, { ifVersion: [3, 4] }],
    [' , "3" ,, "4",', undefined, { ifVersion: [3, 4] }],
    ['*', undefined, { ifVersion: 'present' }],
    ['W/"3", "4"', undefined, { ifVersion: [4] }],
    ['W/"3"', undefined, { ifVersion: [] }],
    ['"of,another,server", "3"', undefined, { ifVersion: [3] }],
    ['"03"', undefined, { ifVersion: [] }],
    ['"9007199254740993"', undefined, { ifVersion: [] }],
    [undefined, '*', { unlessVersion: 'present' }],
    [undefined, 'W/"3", "4"', { unlessVersion: [3, 4] }],
    ['"3"', '"4"', { ifVersion: [3], unlessVersion: [4] }],
  ] as const)('If-Match %s, If-None-Match %s -> %j', (ifMatch, ifNoneMatch, expected) => {
    expect(preconditionOf(ifMatch, ifNoneMatch)).toEqual(expected);
  });

  it.each([
    ['3', undefined, 'if-match'],
    ['', undefined, 'if-match'],
    [',', undefined, 'if-match'],
    ['"3" "4"', undefined, 'if-match'],
    ['"3", *', undefined, 'if-match'],
    ['w/"3"', undefined, 'if-match'],
    ['"of another server"', undefined, 'if-match'],
    [undefined, '"3', 'if-none-match'],
    ['"3"', '4', 'if-none-match'],
    [undefined, Array.from({ length: 65 }, () => '"3"').join(), 'if-none-match'],
  ])('refuses If-Match %s, If-None-Match %s and names %s', (ifMatch, ifNoneMatch, path) => {
    const asked = (): unknown => preconditionOf(ifMatch, ifNoneMatch);
    expect(asked).toThrow(ProblemError);
    expect(asked).toThrow(
      expect.objectContaining({ spec: expect.objectContaining({ errors: [{ path, message: expect.any(String) }] }) }),
    );
  });
});

describe('readOutcome at version 3', () => {
  it.each([
    [undefined, undefined, 'shown'],
    [undefined, '"3"', 'not-modified'],
    [undefined, '"1", W/"3"', 'not-modified'],
    [undefined, '*', 'not-modified'],
    [undefined, '"33"', 'shown'],
    ['"3"', undefined, 'shown'],
    ['*', undefined, 'shown'],
    ['W/"3"', undefined, 'changed'],
    ['"33"', undefined, 'changed'],
    ['"33"', '"3"', 'changed'],
    ['"3"', '"3"', 'not-modified'],
  ] as const)('If-Match %s, If-None-Match %s -> %s', (ifMatch, ifNoneMatch, outcome) => {
    expect(readOutcome(ifMatch, ifNoneMatch, 3)).toBe(outcome);
  });
});
