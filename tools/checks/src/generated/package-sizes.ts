import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundledLibs } from '../../../rolldown.bundled.mjs';
import type { Workspace } from '../workspace.ts';

export const sizesFile = 'docs/package-sizes.md';
/** A lib may be as much larger than its row says, or smaller. */
const TOLERANCE = 0.1;
const PACK_TIMEOUT_MS = 60_000;

const columns = { size: 'tarball, bytes', unpackedSize: 'unpacked, bytes', entryCount: 'files' } as const;
type Column = keyof typeof columns;

/** PackedSize is what `npm pack` says of a lib. */
export type PackedSize = { readonly name: string } & Readonly<Record<Column, number>>;

/** Packs the built libs without writing anything. @throws where one is not built */
export async function measureLibs({ projects, dist, exists, root }: Workspace): Promise<PackedSize[]> {
  const libs = projects.filter(({ kind, name }) => kind === 'lib' && !bundledLibs.includes(name));
  if (libs.length === 0) return [];
  for (const { name } of libs)
    if (!exists(`${dist}/libs/${name}/package.json`))
      throw new Error(`${dist}/libs/${name} is not built: nx run ${name}:build`);
  const folders = libs.map(({ name }) => join(root, dist, 'libs', name));
  const words = ['pack', ...folders, '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = await promisify(execFile)('npm', words, { cwd: root, timeout: PACK_TIMEOUT_MS });
  return JSON.parse(stdout) as PackedSize[];
}

const written = (count: number): string => count.toLocaleString('en-US');

/** The rows of the table, by package. */
function rowsOf(table: string): Map<string, readonly number[]> {
  const rows = table.matchAll(/^\| `([^`]+)` \|(.*)\|$/gm);
  return new Map(
    [...rows].map(([, name = '', cells = '']) => [
      name,
      cells.split('|').map((cell) => Number(cell.replaceAll(',', ''))),
    ]),
  );
}

/** What is beyond its budget, or far below it, in words. */
export function beyondBudget(table: string, packed: readonly PackedSize[]): string[] {
  const rows = rowsOf(table);
  const names = new Set(packed.map(({ name }) => name));
  const gone = [...rows.keys()].filter((name) => !names.has(name)).map((name) => `${name} is no package`);
  return packed
    .flatMap(({ name, ...sizes }) => {
      const row = rows.get(name);
      if (row === undefined) return [`${name} has no row`];
      return (Object.keys(columns) as Column[]).flatMap((column, at) => {
        const budget = row[at] ?? 0;
        if (Math.abs(sizes[column] - budget) <= budget * TOLERANCE) return [];
        return [`${name}: ${columns[column]} ${written(sizes[column])}, the table has ${written(budget)}`];
      });
    })
    .concat(gone);
}

/** The table with these sizes. */
export function makeSizesPage(packed: readonly PackedSize[]): string {
  const keys = Object.keys(columns) as Column[];
  const rows = packed.map((each) => `| \`${each.name}\` | ${keys.map((key) => written(each[key])).join(' | ')} |`);
  return [intro, ...rows, ''].join('\n');
}

const intro = `# Package sizes

What the packed libs weigh, as \`npm pack\` says. The row of a lib is its budget: one that is more than 10 % away from it fails the
check \`package-sizes\`, and who meant that makes the table anew by \`node tools/checks/src/generate.ts\`. Do not edit it by hand.

| package | ${Object.values(columns).join(' | ')} |
| --- | --: | --: | --: |`;
