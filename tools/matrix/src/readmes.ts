import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fencedBlocks } from '../../checks/src/code-blocks.ts';
import { packedLibs } from './tarballs.ts';

/** Settings that compile the app together with what was written. */
export const README_SETTINGS = 'tsconfig.readme.json';
const FOLDER = 'test/readme';
/** Pages of this repository whose first example is compiled too. */
const pages = ['docs/one-app.md'];
const root = resolve(import.meta.dirname, '../../..');

/** The packages that a text imports, by the names of their folders. */
export const packagesIn = (code: string): string[] => [
  ...new Set(
    [...code.matchAll(/^import (?:[^']* from )?'((?:@[^/']+\/)?[^/']+)[^']*';/gm)]
      .map(([, name = '']) => name)
      .filter((name) => !name.startsWith('node:')),
  ),
];

/**
 * Writes the first example of each lib's README, as it came with the package, and of our pages into the app as a module of its own. One
 * that uses a package which this app lacks, as another platform of Nest, is for other apps.
 * @returns how many there are
 */
export function writeReadmes(app: string): number {
  mkdirSync(join(app, FOLDER), { recursive: true });
  const documents = [
    ...packedLibs().map((lib) => ({ name: lib, file: join(app, 'node_modules/@nestfleet', lib, 'README.md') })),
    ...pages.map((page) => ({ name: basename(page, '.md'), file: join(root, page) })),
  ];
  const examples = documents
    .map(({ name, file }) => ({ name, code: firstExample(file) }))
    .filter(({ code }) => packagesIn(code).every((each) => existsSync(join(app, 'node_modules', each))));
  // A module whatever the app is: examples wait at their top level.
  for (const { name, code } of examples) writeFileSync(join(app, FOLDER, `${name}.mts`), code);
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

function firstExample(file: string): string {
  const first = fencedBlocks(file, readFileSync(file, 'utf8')).find(({ language }) => language === 'ts');
  if (first === undefined) throw new Error(`${file} has no example`);
  return first.code;
}
