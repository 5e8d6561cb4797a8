import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { ServerFault, messageOf } from './errors.ts';
import { runStep } from './step.ts';

/** ServerBinary is a server program that can be started here. */
export interface ServerBinary {
  /** Absolute path of the program. */
  path: string;
  /** As the program says it, e.g. `7.0.15` or `1.8.7`. */
  version: string;
  /** Where it came from, in words for people. */
  source: string;
}

/** Program is what must be known of a program to find it. */
export interface Program {
  name: string;
  /** Environment variable that names the program's path and wins over everything. */
  variable: string;
  versionArgument: string;
  /** The oldest version that the fleet works with. */
  oldest: string;
}

/** Say prints one line for people. */
export type Say = (line: string) => void;

const versionTimeoutMs = 10_000;

/** isProgram is true for an executable file, which a folder of that name is not. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** findOnPath answers the absolute path of a program by name on a PATH-like list, or undefined. */
export function findOnPath(name: string, searchPath: string | undefined): string | undefined {
  return (searchPath ?? '')
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, name))
    .find(isProgram);
}

/**
 * parseVersion reads a line like `Redis server v=7.0.15 …`, `Consul v1.8.7` `HAProxy version 2.6.12-1 …`
 * or `postgres (PostgreSQL) 15.13 …`.
 */
export function parseVersion(text: string): string | undefined {
  const [, version, ofPostgres] = /\b(?:(?:v=?|version )(\d+\.\d+\.\d+)|PostgreSQL\) (\d+\.\d+))/i.exec(text) ?? [];
  return version ?? ofPostgres;
}

/** isAtLeast compares dotted numbers part by part. */
export function isAtLeast(version: string, oldest: string): boolean {
  return version.localeCompare(oldest, 'en', { numeric: true }) >= 0;
}

/** inspect runs the program once, to see that it starts here (right CPU, all libraries) and is new enough. */
export async function inspect(program: Program, path: string, source: string): Promise<ServerBinary> {
  if (!isProgram(path)) throw new ServerFault('server_unusable', `${path} (from ${source}) is not an executable file`);
  const printed = await runStep(path, [program.versionArgument], { timeoutMs: versionTimeoutMs }).catch(
    (cause: unknown) => {
      throw new ServerFault('server_unusable', `${path} (from ${source}) does not run: ${messageOf(cause)}`, { cause });
    },
  );
  const version = parseVersion(printed);
  if (version === undefined || !isAtLeast(version, program.oldest)) {
    const found = version ?? 'of an unknown version';
    throw new ServerFault(
      'server_unusable',
      `${path} (from ${source}) is ${found}, needed is ${program.oldest} or newer`,
    );
  }
  return { path, version, source };
}

/** findHere answers the program that the environment names (a fault there is final), or the one on PATH if it works. */
export async function findHere(program: Program, env: NodeJS.ProcessEnv, say: Say): Promise<ServerBinary | undefined> {
  const named = env[program.variable];
  if (named !== undefined && named !== '') return inspect(program, resolve(named), program.variable);
  const path = findOnPath(program.name, env['PATH']);
  if (path === undefined) return undefined;
  return inspect(program, path, 'PATH').catch((fault: unknown) => {
    say(`${messageOf(fault)}; looking elsewhere`);
    return undefined;
  });
}
