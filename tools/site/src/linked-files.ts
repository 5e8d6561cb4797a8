import { cpSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { linkedAddress } from './link-target.ts';

/** copyLinked puts what documents link to beside the pages: a file as it is, of a folder the names in it. */
export function copyLinked(root: string, outDir: string, linked: Iterable<string>): void {
  for (const path of linked) {
    const from = join(root, path);
    const to = join(outDir, linkedAddress(path));
    mkdirSync(dirname(to), { recursive: true });
    if (statSync(from).isDirectory()) writeFileSync(to, `${readdirSync(from).toSorted().join('\n')}\n`);
    else cpSync(from, to);
  }
}
