import { describe, expect, it } from '@jest/globals';
import { chooseLayouts, layouts, quickest } from './layouts.ts';

const chosen = (words: string | undefined) => chooseLayouts(words).map(({ name }) => name);

describe('chooseLayouts', () => {
  it('takes all without a word, and parts of names', () => {
    expect(chosen(undefined)).toEqual(layouts.map(({ name }) => name));
    expect(chosen('monorepo, nx')).toEqual(['nest11-monorepo', 'nest12-monorepo', 'nx-nest11']);
    expect(chosen(quickest)).toEqual([quickest]);
  });

  it('says which there are where a word fits none', () => {
    expect(() => chosen('nest10')).toThrow(/no such layout: nest10; there are nest11-express, /);
  });
});
