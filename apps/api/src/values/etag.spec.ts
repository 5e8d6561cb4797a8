import { expect, it } from '@jest/globals';
import { preconditionOf } from '../preconditions.ts';
import { etagOf, versionOf } from './etag.ts';

it.each([
  [etagOf(3), 3],
  [etagOf(Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER],
  ['"03"', undefined],
  ['"0"', undefined],
  ['"9007199254740993"', undefined],
  ['"of-another-server"', undefined],
])('%s is version %s', (etag, version) => {
  expect(versionOf(etag.slice(1, -1))).toBe(version);
});

it.each([
  [undefined, undefined, {}],
  [['3', 'x', '4'], undefined, { ifVersion: [3, 4] }],
  ['*', undefined, { ifVersion: 'present' }],
  [['x'], undefined, { ifVersion: [] }],
  [undefined, '*', { unlessVersion: 'present' }],
  [['3'], ['4'], { ifVersion: [3], unlessVersion: [4] }],
] as const)('only %j, never %j -> %j', (only, never, expected) => {
  expect(preconditionOf({ only, never }, versionOf)).toEqual(expected);
});
