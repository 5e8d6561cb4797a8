import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fencedBlocks } from '../../checks/src/code-blocks.ts';
import { packedLibs } from './tarballs.ts';

/** Settings that compile the app together with what was written. */
export const README_SETTINGS = 'tsconfig.readme.json';
const FOLDER = 'test/readme';

/** The packages that a text imports, by the names of their folders. */
export const packagesIn = (code: string): string[] => [
  ...new Set(
    [...code.matchAll(/^import (?:[^']* from )?'((?:@[^/']+\/)?[^/']+)[^']*';/gm)]
      .map(([, name = '']) => name)
      .filter((name) => !name.startsWith('node:')),
  ),
];

/**
 * Writes the first example of each lib's README, as it came with the package, into the app as a module of its own. One that uses
 * a package which this app lacks, as another platform of Nest, is for other apps.
 * @returns how many there are
 */
export function writeReadmes(app: string): number {
  mkdirSync(join(app, FOLDER), { recursive: true });
  const examples = packedLibs().flatMap((lib) => {
    const readme = join(app, 'node_modules/@nestfleet', lib, 'README.md');
    const first = fencedBlocks(readme, readFileSync(readme, 'utf8')).find(({ language }) => language === 'ts');
    if (first === undefined) throw new Error(`the README of ${lib} has no example`);
    const isForUs = packagesIn(first.code).every((name) => existsSync(join(app, 'node_modules', name)));
    return isForUs ? [{ lib, code: first.code }] : [];
  });
  // A module whatever the app is: examples wait at their top level.
  for (const { lib, code } of examples) writeFileSync(join(app, FOLDER, `${lib}.mts`), code);
  const settings = {
    extends: './tsconfig.build.json',
    // That of an app as generated may be `src` alone.
    compilerOptions: { rootDir: '.' },
    include: ['src', FOLDER],
    exclude: ['node_modules', 'dist', '**/*spec.ts'],
  };
  writeFileSync(join(app, README_SETTINGS), JSON.stringify(settings));
  return examples.length;
}
