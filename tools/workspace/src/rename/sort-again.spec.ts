import { expect, it } from '@jest/globals';
import { sortAgain } from './sort-again.ts';

const write = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

it('sorts again what was sorted, and nothing else', () => {
  const before = write({
    name: 'quince',
    a: { '@medlar/x': '1', '@quince/y': { z: 1, '@quince/z': 2 }, rose: '2' },
    rest: ['@rose/x', '@quince/y'],
  });
  const after = before.replaceAll('quince', 'apple');
  expect(sortAgain(before, after)).toBe(
    write({
      name: 'apple',
      a: { '@apple/y': { z: 1, '@apple/z': 2 }, '@medlar/x': '1', rose: '2' },
      rest: ['@rose/x', '@apple/y'],
    }),
  );
  expect(sortAgain(sortAgain(before, after), sortAgain(before, after).replaceAll('apple', 'quince'))).toBe(before);
});

it('orders as npm does: a capital letter beside its small one', () => {
  const before = write({ '@quince/x': '1', JSONStream: '1', rose: '1' });
  const after = before.replace('quince', 'x').replace('@x/x', 'json');
  expect(Object.keys(JSON.parse(sortAgain(before, after)) as object)).toEqual(['json', 'JSONStream', 'rose']);
});

it('leaves a file as it is that npm has not written', () => {
  const before = '{ "@quince/x": 1, "b": 2 }\n';
  expect(sortAgain(before, '{ "z": 1, "b": 2 }\n')).toBe('{ "z": 1, "b": 2 }\n');
});
