import { expect, it } from '@jest/globals';
import { isLongAnswer } from './heard.ts';

const before = { bytes: 1_000, chunks: 10 };

it.each([
  ['nothing has arrived', 0, 0, false],
  ['short answers', 100 * 200, 100, false],
  ['a long answer, as it is read from a fast connection', 40 * 65_536, 40, true],
  ['a long answer of a slow link, with some that are short', 30 * 20_000 + 10 * 5, 40, true],
])('%s', (_, bytes, chunks, isLong) => {
  const now = { atMs: 0, bytes: before.bytes + bytes, chunks: before.chunks + chunks };
  expect(isLongAnswer(now, before)).toBe(isLong);
});
