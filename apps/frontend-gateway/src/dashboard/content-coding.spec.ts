import { expect, it } from '@jest/globals';
import { chosenCoding, type Coding } from './content-coding.ts';

it.each<[string | undefined, Coding[], Coding | undefined]>([
  ['gzip, deflate, br, zstd', ['br', 'gzip'], 'br'],
  ['gzip, deflate', ['br', 'gzip'], 'gzip'],
  ['GZIP;Q=0.5', ['br', 'gzip'], 'gzip'],
  ['br;q=0.5, gzip;q=0.8', ['br', 'gzip'], 'gzip'],
  ['br;q=0, gzip', ['br', 'gzip'], 'gzip'],
  ['br;q=0', ['br', 'gzip'], undefined],
  ['*', ['br', 'gzip'], 'br'],
  ['*;q=0', ['br', 'gzip'], undefined],
  ['br;q=0, *', ['br', 'gzip'], 'gzip'],
  ['identity;q=1, br;q=0.5', ['br'], undefined],
  ['identity, br', ['br'], 'br'],
  ['br', [], undefined],
  ['br', ['gzip'], undefined],
  ['br;q=nonsense', ['br'], undefined],
  ['bridge', ['br'], undefined],
  ['', ['br'], undefined],
  [undefined, ['br'], undefined],
])('of %j and %j it is %s', (accepted, available, expected) => {
  expect(chosenCoding(accepted, available)).toBe(expected);
});
