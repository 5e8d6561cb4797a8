import { expect, it } from '@jest/globals';
import { opaqueOf, sessionEtag, versionIn } from './session-etag.ts';

const publicId = '0123456789abcdef'.repeat(2);
const own = { publicId, version: 7 };

it('names the version and the session', () => {
  expect(sessionEtag(own)).toBe(`"7.${publicId}"`);
  expect(versionIn(publicId)(opaqueOf(own))).toBe(7);
});

it.each([
  opaqueOf({ publicId: 'f'.repeat(32), version: 7 }),
  '7',
  'x.y',
  '',
  'of-another-server',
  `007.${publicId}`,
  `9007199254740993.${publicId}`,
])('%s names no version of it', (opaque) => {
  expect(versionIn(publicId)(opaque)).toBeUndefined();
});
