import { describe, expect, it } from '@jest/globals';
import { cells, chooseCells, diagonal, nameOf } from './cells.ts';

const chosen = (words: string | undefined) => chooseCells(words).map(nameOf);

describe('chooseCells', () => {
  it('takes all without a word', () => {
    expect(chosen(undefined)).toEqual(cells.map(nameOf));
    expect(cells).toHaveLength(9);
  });

  it('takes names, and parts of names in any order', () => {
    expect(chosen('nest11-express-node22')).toEqual(['nest11-express-node22']);
    expect(chosen('node24-fastify')).toEqual(['nest11-fastify-node24', 'nest12-fastify-node24']);
    expect(chosen('nest12-fastify, node22')).toEqual([
      'nest11-express-node22',
      'nest11-fastify-node22',
      'nest12-express-node22',
      'nest12-fastify-node22',
      'nest12-fastify-node24',
      'nest11-lowest-express-node22',
    ]);
    expect(chosen('lowest')).toEqual(['nest11-lowest-express-node22']);
  });

  it('says which there are where a word fits none', () => {
    expect(() => chosen('nest10')).toThrow(/no such cell: nest10; there are nest11-express-node22, /);
  });
});

describe('diagonal', () => {
  it('has each value of each column', () => {
    for (const column of ['nest', 'platform', 'node'] as const)
      expect(new Set(diagonal.map((cell) => cell[column]))).toEqual(new Set(cells.map((cell) => cell[column])));
  });
});
