import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, cached } from '../../fleet/src/programs.ts';
import { type Cell, generators, nodes } from './cells.ts';
import { npm } from './npm.ts';

const FETCH_TIMEOUT_MS = 300_000;

/** Programs that look at a package as those who publish one do. */
const linters = {
  publint: { name: 'publint', version: '0.3.25', file: 'src/cli.js' },
  attw: { name: '@arethetypeswrong/cli', version: '0.18.5', file: 'dist/index.js' },
} as const;

/** Installs one package into the user's cache, once; its folder. */
async function fetched(name: string, version: string): Promise<string> {
  const entry = `${name.replaceAll(/\W+/g, '-')}-${version}`;
  const place = await cached(cacheDir(process.env), entry, async (scratch) => {
    const cwd = join(scratch, 'packages');
    mkdirSync(cwd);
    const options = { node: process.execPath, cwd, timeoutMs: FETCH_TIMEOUT_MS };
    await npm(['install', '--prefix', cwd, `${name}@${version}`], options);
    return cwd;
  });
  return join(place, 'node_modules', name);
}

/** The Node of a cell: this process's own where that is the one, else the package of it for this platform. */
export async function nodeOf({ node }: Cell): Promise<string> {
  const version = nodes[node];
  if (process.versions.node === version) return process.execPath;
  return join(await fetched(`node-${process.platform}-${process.arch}`, version), 'bin/node');
}

/** The program of the Nest CLI that generates a cell's app. */
export async function nestCliOf({ nest }: Cell): Promise<string> {
  return join(await fetched('@nestjs/cli', generators[nest].cli), 'bin/nest.js');
}

/** The program that looks at a packed lib. */
export async function linterOf(linter: keyof typeof linters): Promise<string> {
  const { name, version, file } = linters[linter];
  return join(await fetched(name, version), file);
}
