import { posix } from 'node:path';
import type { Folder } from './folder.ts';
import { at, type Json, parseJson, textAt } from './json.ts';
import { Refusal } from './refusal.ts';

/** How many files may extend each other in a row; what is longer, or a circle, is not followed. */
const EXTENDS_MAX = 8;
/** Files of CommonJS compiled with these may import packages of ESM, and TypeScript reads the `exports` of packages. */
const MODULES = ['nodenext', 'node20', 'preserve'];
const RESOLUTIONS = ['nodenext', 'bundler'];

/** A compiler option, in lower case, as TypeScript compares it; undefined where no file says it. */
export function compilerOption(folder: Folder, path: string, name: string): string | undefined {
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
export function refuseOldModules(folder: Folder, path: string): void {
  if (folder.read(path) === undefined) return;
  const option = (name: string) => compilerOption(folder, path, name);
  const [module, resolution] = [option('module'), option('moduleResolution')];
  if (resolution === undefined ? MODULES.includes(module ?? '') : RESOLUTIONS.includes(resolution)) return;
  const said = `module ${module ?? 'left out'} and moduleResolution ${resolution ?? 'left out'}`;
  throw new Refusal(
    `${path} has ${said}, with which TypeScript cannot import packages of ESM by their exports: ` +
      'write "module": "nodenext" and "moduleResolution": "nodenext" into it, as Nest 11 does, and build once',
  );
}
