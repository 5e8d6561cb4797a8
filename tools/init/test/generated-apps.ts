import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Folder } from '../src/folder.ts';

export const fixtures = resolve(import.meta.dirname, '../fixtures');

/** Apps as their generators write them, of each layout and version of Nest. */
export const generatedApps = [
  { name: 'nest11-express', app: undefined },
  { name: 'nest11-fastify', app: undefined },
  { name: 'nest11-monorepo', app: 'shop' },
  { name: 'nest12-express', app: undefined },
  { name: 'nest12-fastify', app: undefined },
  { name: 'nest12-monorepo', app: 'shop' },
  { name: 'nx-nest11', app: undefined },
] as const;

/** The files of an archive in the format of Go's txtar: a line `-- path --`, and then the text. */
export function readArchive(name: string): Map<string, string> {
  const text = readFileSync(join(fixtures, `${name}.txtar`), 'utf8');
  const [, ...parts] = text.split(/^-- (.+) --\n/m);
  const files = new Map<string, string>();
  for (let at = 0; at < parts.length; at += 2) files.set(parts[at] ?? '', parts[at + 1] ?? '');
  return files;
}

/** A folder in memory. */
export const folderOf = (files: ReadonlyMap<string, string>): Folder => ({
  read: (path) => files.get(path),
  projects: [...files.keys()]
    .filter((path) => /\/(package|project)\.json$/.test(path) && !path.startsWith('node_modules/'))
    .map((path) => path.slice(0, path.lastIndexOf('/'))),
});

/** The same files, some of them with another text. */
export const withFiles = (
  files: ReadonlyMap<string, string>,
  changed: Readonly<Record<string, string>>,
): Map<string, string> => new Map([...files, ...Object.entries(changed)]);
