import { posix } from 'node:path';
import type { Folder } from './folder.ts';
import { at, type Json, parseJson, textAt } from './json.ts';
import { type Manifest, rangeOf } from './manifest.ts';
import { Refusal } from './refusal.ts';

/** How many files may extend each other in a row; what is longer, or a circle, is not followed. */
const EXTENDS_MAX = 8;
/** The first TypeScript that resolves as bundlers do where it is not told how. */
const BUNDLER_BY_DEFAULT = 6;
/** Modules of Node that may require packages of ESM, and those that may not. */
const REQUIRES_ESM = ['nodenext', 'node20'];
const REQUIRES_NONE = ['node16', 'node18'];

/** A compiler option, in lower case, as TypeScript compares it; undefined where no file says it. */
function compilerOption(folder: Folder, path: string, name: string): string | undefined {
  return optionOf(folder, path, name, EXTENDS_MAX)?.toLowerCase();
}

function optionOf(folder: Folder, path: string, name: string, left: number): string | undefined {
  const text = folder.read(path) ?? folder.read(`${path}.json`);
  if (text === undefined || left === 0) return undefined;
  const settings = parseJson(path, text);
  const own = textAt(settings, 'compilerOptions', name);
  if (own !== undefined) return own;
  // Of several files that are extended, the last one counts.
  for (const file of namesIn(at(settings, 'extends')).toReversed()) {
    const found = optionOf(folder, extendedFile(path, file), name, left - 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

const namesIn = (value: Json | undefined): string[] =>
  (Array.isArray(value) ? (value as readonly Json[]) : [value]).filter((name) => typeof name === 'string');

/** A relative path, or a file of a package that is installed in the root. */
const extendedFile = (path: string, name: string): string =>
  name.startsWith('.') ? posix.join(posix.dirname(path), name) : posix.join('node_modules', name);

/**
 * Refuses an app of CommonJS that could not be compiled with the libs, which are ESM and have `exports` alone: TypeScript would not
 * find them (TS2307), or not let them be required (TS1479).
 * @throws Refusal with what to write instead
 */
export function refuseOldModules(folder: Folder, path: string, manifest: Manifest): void {
  if (folder.read(path) === undefined) return;
  const option = (name: string) => compilerOption(folder, path, name);
  const [module, resolution] = [option('module'), option('moduleResolution')];
  if (REQUIRES_ESM.includes(module ?? '')) return;
  const isForBundler = module === 'preserve' || typescriptMajor(folder, manifest) >= BUNDLER_BY_DEFAULT;
  const resolves = resolution ?? (isForBundler ? 'bundler' : 'node');
  if (resolves === 'bundler' && !REQUIRES_NONE.includes(module ?? '')) return;
  const said = `module ${module ?? 'left out'} and moduleResolution ${resolution ?? 'left out'}`;
  throw new Refusal(
    `this app is compiled by ${path} with ${said}, and TypeScript cannot import packages of ESM by their exports so: ` +
      'write "module": "nodenext" and "moduleResolution": "nodenext", as Nest 11 does, and look that it builds',
  );
}

/** What is installed, else what package.json asks for; 0 where neither says it. */
function typescriptMajor(folder: Folder, manifest: Manifest): number {
  const installed = 'node_modules/typescript/package.json';
  const text = folder.read(installed);
  const version = text === undefined ? rangeOf(manifest, 'typescript') : textAt(parseJson(installed, text), 'version');
  return Number(/\d+/.exec(version ?? '')?.[0] ?? 0);
}
