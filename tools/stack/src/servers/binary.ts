import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { promisify } from 'node:util';

/** A server program that can be started here. */
export interface ServerBinary {
  /** Absolute path of the program. */
  path: string;
  /** As the program says it, e.g. `7.0.15` or `1.8.7`. */
  version: string;
  /** Where it came from, in words for people. */
  source: string;
}

const run = promisify(execFile);
const versionTimeoutMs = 5_000;

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Absolute path of a program by name on a PATH-like list, or undefined. */
export function findOnPath(name: string, searchPath: string | undefined): string | undefined {
  return (searchPath ?? '')
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, name))
    .find(isProgram);
}

/** Both programs print a line like `Redis server v=7.0.15 …` or `Consul v1.8.7`. */
export function parseVersion(text: string): string | undefined {
  return /\bv=?(\d+\.\d+\.\d+)/.exec(text)?.[1];
}

/** Runs the program once to see that it starts here (right CPU, all libraries) and asks for its version. */
export async function askVersion(path: string, versionArgument: string): Promise<string> {
  if (!isProgram(path)) throw new Error(`${path} is not an executable file`);
  const { stdout } = await run(path, [versionArgument], { timeout: versionTimeoutMs }).catch((cause: unknown) => {
    throw new Error(`${path} ${versionArgument} does not run`, { cause });
  });
  const version = parseVersion(stdout);
  if (version === undefined) throw new Error(`${path} ${versionArgument} printed no version: ${stdout.slice(0, 80)}`);
  return version;
}

/** The program that the environment names, or the one on PATH; undefined when there is neither. */
export async function findHere(
  program: { name: string; variable: string; versionArgument: string },
  env: NodeJS.ProcessEnv,
): Promise<ServerBinary | undefined> {
  const named = env[program.variable];
  if (named !== undefined && named !== '') {
    const path = resolve(named);
    return { path, version: await askVersion(path, program.versionArgument), source: program.variable };
  }
  const path = findOnPath(program.name, env['PATH']);
  if (path === undefined) return undefined;
  return { path, version: await askVersion(path, program.versionArgument), source: 'PATH' };
}
