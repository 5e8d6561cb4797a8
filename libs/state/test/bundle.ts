import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const root = resolve(import.meta.dirname, '../../..');
const { NODE_OPTIONS: _, ...env } = process.env;

/** Packages stay where they are, so that the app has those of the repository. */
const bundling = (file: string, folder: string): string => `
import { build } from 'rolldown';
await build({
  input: { program: ${JSON.stringify(file)} },
  cwd: ${JSON.stringify(root)},
  platform: 'node',
  tsconfig: ${JSON.stringify(join(root, 'tsconfig.base.json'))},
  external: (id) => !/^([./]|@nestfleet\\/|@oxc-project\\/)/.test(id),
  output: { dir: ${JSON.stringify(folder)}, entryFileNames: '[name].mjs', format: 'esm', keepNames: true },
});`;

/** A Nest app as a program: Node reads no decorators. */
export async function bundle(file: string): Promise<{ readonly program: string; remove(): void }> {
  mkdirSync(join(root, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(root, 'dist/.state-'));
  const script = ['--input-type=module', '--eval', bundling(join(import.meta.dirname, file), folder)];
  await promisify(execFile)(process.execPath, script, { cwd: root, env });
  return { program: join(folder, 'program.mjs'), remove: () => rmSync(folder, { recursive: true, force: true }) };
}
