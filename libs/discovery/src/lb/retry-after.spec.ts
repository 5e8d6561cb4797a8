import { expect, it } from '@jest/globals';
import { retryAfterIn } from './retry-after.ts';

const nowMs = Date.parse('2026-03-01T12:00:00Z');

it.each([
  ['2', 2_000],
  ['0', 0],
  ['007', 7_000],
  ['99999', 30_000],
  ['Sun, 01 Mar 2026 12:00:05 GMT', 5_000],
  ['Sun, 01 Mar 2026 11:00:00 GMT', 0],
  ['Sun, 01 Mar 2027 12:00:00 GMT', 30_000],
  ['soon GMT', undefined],
  ['1.5', undefined],
  ['-1', undefined],
  ['2026-03-01', undefined],
  ['', undefined],
  [undefined, undefined],
])('retryAfterIn of %j is %j ms', (value, expected) => {
  expect(retryAfterIn(value, nowMs)).toBe(expected);
});
