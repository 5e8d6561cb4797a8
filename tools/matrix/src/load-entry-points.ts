import { type Cell, generators } from './cells.ts';
import { strangersEnv } from './npm.ts';
import { run } from './run.ts';
import { entryPoints } from './tarballs.ts';

const LOAD_TIMEOUT_MS = 60_000;

/** Loads each entry point as the modules of the app do: with `require` from CommonJS, else with `import`. */
export async function loadEntryPoints(app: string, node: string, { nest }: Cell): Promise<number> {
  const names = entryPoints();
  const isCommonJs = generators[nest].modules === 'commonjs';
  const script = isCommonJs
    ? names.map((name) => `require(${JSON.stringify(name)});`).join('')
    : `${names.map((name) => `await import(${JSON.stringify(name)});`).join('')}process.exit(0);`;
  const words = [`--input-type=${isCommonJs ? 'commonjs' : 'module'}`, '--eval', script];
  const options = { cwd: app, env: strangersEnv(node), timeoutMs: LOAD_TIMEOUT_MS };
  await run('loading the entry points', [node, ...words], options);
  return names.length;
}
