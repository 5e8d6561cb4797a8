import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { bundledLibs } from '../../rolldown.bundled.mjs';
import { npm } from './npm.ts';

const root = resolve(import.meta.dirname, '../../..');
const PACK_TIMEOUT_MS = 60_000;

/** What the libs are as packages, those that travel inside others left out; `name` in the repository. */
export const packedLibs = (): string[] =>
  globSync('libs/*/package.json', { cwd: root })
    .map((file) => dirname(file).replace('libs/', ''))
    .filter((lib) => !bundledLibs.includes(lib))
    .toSorted();

/** Packs libs, all of them unless told, as they were built last, into `folder`; the files. */
export const packInto = (folder: string, node: string, libs: readonly string[] = packedLibs()): Promise<string[]> =>
  pack(
    libs.map((lib) => join('dist/libs', lib)),
    folder,
    node,
  );

/** Packs the program `nestfleet`, as it was built last, into `folder`; the file. */
export async function packProgram(folder: string, node: string): Promise<string> {
  const [file = ''] = await pack(['dist/tools/init'], folder, node);
  return file;
}

async function pack(paths: readonly string[], folder: string, node: string): Promise<string[]> {
  const built = paths.map((path) => join(root, path));
  const missing = built.filter((path) => !existsSync(path));
  if (missing.length > 0)
    throw new Error(`not built: ${missing.join(', ')}; nx run-many -t build -p tag:type:lib,init`);
  const options = { node, cwd: folder, timeoutMs: PACK_TIMEOUT_MS };
  const printed = await npm(['pack', ...built, '--pack-destination', folder, '--json'], options);
  return (JSON.parse(printed) as { filename: string }[]).map(({ filename }) => join(folder, filename));
}

/** Loads Fastify and all of Nest's packages, for whole services; an app of another making takes `/nest` of it. */
const ofServices = '@nestfleet/service';

/** Each entry point of what was packed, as an import names it. */
export function entryPoints(): string[] {
  return packedLibs()
    .flatMap((lib) => {
      const { name, exports } = JSON.parse(readFileSync(join(root, 'libs', lib, 'package.json'), 'utf8')) as {
        name: string;
        exports: Record<string, string>;
      };
      return Object.keys(exports).map((entry) => name + entry.slice(1));
    })
    .filter((name) => name !== ofServices);
}
