import { describe, expect, it } from '@jest/globals';
import { expectedVersion, readOutcome, sessionEtag } from './session-etag.ts';

const publicId = '0123456789abcdef'.repeat(2);
const etag = sessionEtag({ publicId, version: 7 });
const elsewhere = sessionEtag({ publicId: 'f'.repeat(32), version: 7 });

describe('If-Match of a write', () => {
  it.each([
    [etag, { ifVersion: 7 }],
    [undefined, {}],
    ['*', {}],
  ])('%s -> %j', (ifMatch, expected) => {
    expect(expectedVersion(ifMatch, publicId)).toEqual(expected);
  });

  it.each([elsewhere, `W/${etag}`, '"7"', '"x.y"', '""', '"of-another-server"', `"007.${publicId}"`])(
    'no session is at %s',
    (ifMatch) => {
      expect(() => expectedVersion(ifMatch, publicId)).toThrow(expect.objectContaining({ code: 'version_conflict' }));
    },
  );

  it.each(['7', '', `${etag}, ${etag}`])('refuses %s', (ifMatch) => {
    const spec = expect.objectContaining({ status: 400, errors: [expect.objectContaining({ path: 'if-match' })] });
    expect(() => expectedVersion(ifMatch, publicId)).toThrow(expect.objectContaining({ spec }));
  });
});

describe('a read', () => {
  it.each([
    [undefined, undefined, 'shown'],
    [undefined, etag, 'not-modified'],
    [undefined, `"1", W/${etag}`, 'not-modified'],
    [undefined, '*', 'not-modified'],
    [undefined, elsewhere, 'shown'],
    [etag, undefined, 'shown'],
    ['*', undefined, 'shown'],
    [`W/${etag}`, undefined, 'changed'],
    [elsewhere, etag, 'changed'],
  ] as const)('If-Match %s, If-None-Match %s -> %s', (ifMatch, ifNoneMatch, outcome) => {
    expect(readOutcome(ifMatch, ifNoneMatch, { publicId, version: 7 })).toBe(outcome);
  });
});
