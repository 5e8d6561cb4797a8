import { describe, expect, it } from '@jest/globals';
import { nameFault, spellingsOf } from './spellings.ts';

describe('nameFault', () => {
  it.each(['quince', 'q1', 'sour-quince', 'q1-r2', 'q-1', 'q'.repeat(30)])('takes %s', (word) =>
    expect(nameFault(word)).toBeUndefined(),
  );

  it.each([
    'Quince',
    '1q',
    '-quince',
    'quince-',
    'sour--quince',
    'sour_quince',
    'sour quince',
    '@quince',
    'quince/x',
    'quince.x',
    'quìnce',
    'quince\n',
    'q'.repeat(31),
  ])('refuses %j', (word) => expect(nameFault(word)).toMatch(/^NAME is "[^]*", expected small letters/));

  it('asks for a name where there is none', () => expect(nameFault('')).toContain('make rename NAME='));
});

it('spells a name of two words in every form', () => {
  expect(spellingsOf('sour-quince')).toEqual({
    constant: 'SOUR_QUINCE',
    train: 'Sour-Quince',
    pascal: 'SourQuince',
    title: 'Sour Quince',
    snake: 'sour_quince',
    camel: 'sourQuince',
    kebab: 'sour-quince',
  });
});
