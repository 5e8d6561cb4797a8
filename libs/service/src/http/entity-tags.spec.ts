import { describe, expect, it } from '@jest/globals';
import { conditionsOf, readOutcome } from './entity-tags.ts';

const read = (ifMatch?: string, ifNoneMatch?: string) =>
  conditionsOf({
    ...(ifMatch === undefined ? {} : { 'if-match': ifMatch }),
    ...(ifNoneMatch === undefined ? {} : { 'if-none-match': ifNoneMatch }),
  });

describe('conditionsOf', () => {
  it.each([
    [undefined, undefined, undefined, undefined],
    ['"3"', undefined, ['3'], undefined],
    [' , "3" ,, "4",', undefined, ['3', '4'], undefined],
    ['*', undefined, '*', undefined],
    ['W/"3", "4"', undefined, ['4'], undefined],
    ['W/"3"', undefined, [], undefined],
    ['"of,another,server", ""', undefined, ['of,another,server', ''], undefined],
    [undefined, ' * ', undefined, '*'],
    ['"3"', 'W/"3", "4"', ['3'], ['3', '4']],
  ])('If-Match %s, If-None-Match %s: only %j, never %j', (ifMatch, ifNoneMatch, only, never) => {
    expect(read(ifMatch, ifNoneMatch)).toEqual({ only, never });
  });

  it.each([
    ['3', undefined, 'if-match'],
    ['', undefined, 'if-match'],
    [',', undefined, 'if-match'],
    ['"3" "4"', undefined, 'if-match'],
    ['"3", *', undefined, 'if-match'],
    ['*, *', undefined, 'if-match'],
    ['w/"3"', undefined, 'if-match'],
    ['"of another server"', undefined, 'if-match'],
    [undefined, '"3', 'if-none-match'],
    ['"3"', '4', 'if-none-match'],
    [undefined, Array.from({ length: 65 }, () => '"3"').join(), 'if-none-match'],
  ])('refuses If-Match %s, If-None-Match %s and names %s', (ifMatch, ifNoneMatch, path) => {
    const spec = expect.objectContaining({ status: 400, errors: [{ path, message: expect.any(String) }] });
    expect(() => read(ifMatch, ifNoneMatch)).toThrow(expect.objectContaining({ spec }));
  });
});

describe('readOutcome of "3"', () => {
  it.each([
    [undefined, undefined, 'shown'],
    [undefined, '"3"', 'not-modified'],
    [undefined, '"1", W/"3"', 'not-modified'],
    [undefined, '*', 'not-modified'],
    [undefined, '"33"', 'shown'],
    ['"3"', undefined, 'shown'],
    ['"1", "3"', undefined, 'shown'],
    ['*', undefined, 'shown'],
    ['W/"3"', undefined, 'changed'],
    ['"33"', undefined, 'changed'],
    ['"33"', '"3"', 'changed'],
    ['"3"', '"3"', 'not-modified'],
  ] as const)('If-Match %s, If-None-Match %s -> %s', (ifMatch, ifNoneMatch, outcome) => {
    expect(readOutcome(read(ifMatch, ifNoneMatch), '3')).toBe(outcome);
  });
});
