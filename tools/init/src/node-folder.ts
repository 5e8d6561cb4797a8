import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Folder } from './folder.ts';

/** How deep below the root a project may lie: `packages/shop/apps/api`. */
const DEPTH_MAX = 4;
const SKIPPED = ['node_modules', 'dist', 'build', 'coverage', 'tmp'];
const MARKS = ['package.json', 'project.json'];

/** The folder of a repository on disk. */
export function openFolder(root: string): Folder {
  return {
    read(path) {
      try {
        return readFileSync(join(root, path), 'utf8');
      } catch (fault) {
        const { code } = fault as NodeJS.ErrnoException;
        if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
        throw fault;
      }
    },
    get projects() {
      return projectsBelow(root, '', DEPTH_MAX).toSorted();
    },
  };
}

function projectsBelow(root: string, path: string, depth: number): string[] {
  const entries = readdirSync(join(root, path), { withFileTypes: true });
  const isProject = path !== '' && entries.some((entry) => MARKS.includes(entry.name));
  const folders = entries.filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.') && !SKIPPED.includes(entry.name),
  );
  const below = depth === 0 ? [] : folders.map(({ name }) => posix.join(path, name));
  return [...(isProject ? [path] : []), ...below.flatMap((folder) => projectsBelow(root, folder, depth - 1))];
}
