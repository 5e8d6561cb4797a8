/** A cell of the matrix: what a team may have that installs the libs. */
export interface Cell {
  readonly nest: keyof typeof generators;
  readonly platform: 'express' | 'fastify';
  readonly node: keyof typeof nodes;
  /** With the lowest versions that the libs say they work with, in place of what npm gives. */
  readonly isLowest?: true;
}

/** The Nest CLI of each major version of Nest, and the modules of the app that it generates unless asked. */
export const generators = {
  11: { cli: '11.0.24', modules: 'commonjs' },
  12: { cli: '12.0.8', modules: 'esm' },
} as const;

/** The Node of each major version, from the packages that this repository takes its own from. */
export const nodes = { 22: '22.23.5', 24: '24.21.0' } as const;

export const cells: readonly Cell[] = [
  ...([11, 12] as const).flatMap((nest) =>
    (['express', 'fastify'] as const).flatMap((platform) =>
      ([22, 24] as const).map((node) => ({ nest, platform, node })),
    ),
  ),
  { nest: 11, platform: 'express', node: 22, isLowest: true },
];

export const nameOf = ({ nest, platform, node, isLowest }: Cell): string =>
  `nest${nest}-${isLowest ? 'lowest-' : ''}${platform}-node${node}`;

/** Between them they have each value of each column. */
export const diagonal: readonly Cell[] = [
  { nest: 11, platform: 'express', node: 22 },
  { nest: 12, platform: 'fastify', node: 24 },
];

/**
 * `chooseCells` takes a list with commas, each a cell's name or a part of it: `nest11`, `fastify-node24`.
 * @throws where a word fits none
 */
export function chooseCells(words: string | undefined): readonly Cell[] {
  if (words === undefined) return cells;
  const wanted = words.split(',').map((word) => word.trim().split('-'));
  const isName = (parts: readonly string[]): boolean => cells.some((cell) => nameOf(cell) === parts.join('-'));
  const fits = (cell: Cell, parts: readonly string[]): boolean =>
    isName(parts) ? nameOf(cell) === parts.join('-') : parts.every((part) => nameOf(cell).split('-').includes(part));
  const unknown = wanted.filter((parts) => !cells.some((cell) => fits(cell, parts))).map((parts) => parts.join('-'));
  if (unknown.length > 0)
    throw new Error(`no such cell: ${unknown.join(', ')}; there are ${cells.map(nameOf).join(', ')}`);
  return cells.filter((cell) => wanted.some((parts) => fits(cell, parts)));
}
