import { strangersEnv } from './npm.ts';
import { run, RunFault } from './run.ts';

const COMPILE_TIMEOUT_MS = 300_000;
const COMPILER = 'node_modules/typescript/bin/tsc';

/** How a consumer's compiler looks for modules: as Node does, or as bundlers do. */
const resolutions = {
  nodenext: ['--module', 'nodenext', '--moduleResolution', 'nodenext'],
  bundler: ['--module', 'preserve', '--moduleResolution', 'bundler'],
} as const;

/** TypeCheck is which files are compiled, by which way to modules. */
export interface TypeCheck {
  readonly resolution: keyof typeof resolutions;
  /** @default the app alone */
  readonly project?: string;
}

/**
 * Compiles the app with its own compiler, the declarations of packages too.
 * @throws with what the compiler says of the app and of our packages; those of others may contradict each other
 */
export async function checkTypes(
  app: string,
  node: string,
  { resolution, project = 'tsconfig.build.json' }: TypeCheck,
): Promise<void> {
  const settings = ['-p', project, '--noEmit', '--incremental', 'false', '--skipLibCheck', 'false'];
  const words = [node, COMPILER, ...settings, ...resolutions[resolution], '--pretty', 'false'];
  const options = { cwd: app, env: strangersEnv(node), timeoutMs: COMPILE_TIMEOUT_MS };
  const faults = await run(`tsc (${resolution})`, words, options).then(() => [], ownFaults);
  if (faults.length > 0) throw new Error(faults.join('\n'));
}

/** The compiler's lines that are about the app or our packages. */
export function ownFaults(fault: unknown): readonly string[] {
  const lines = fault instanceof RunFault ? fault.output.split('\n').filter((line) => /error TS\d+:/.test(line)) : [];
  if (lines.length === 0) throw fault;
  return lines.filter((line) => !/^(\.\.\/)*node_modules\/(?!@nestfleet\/)/.test(line));
}
