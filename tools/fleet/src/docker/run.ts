import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { StackFault } from '../core/faults.ts';

// The only file that runs programs for the Docker engine.

export interface RunOptions {
  /** The command in the words of a message, where its arguments would say too much. */
  readonly name?: string;
  /** The program is ended after this time. */
  readonly limitMs: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly signal?: AbortSignal | undefined;
  /** Exit codes with which its output counts. @default [0] */
  readonly okCodes?: readonly number[];
}

export interface Ran {
  /** Null when it was ended by its limit or by a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Runner = (program: string, args: readonly string[], options: RunOptions) => Promise<Ran>;

const KILL_AFTER_MS = 10_000;
const SAID_CHARS_MAX = 16 * 1024 * 1024;
const OUTPUT_TAIL_CHARS = 3_000;

/** Ends a program and what it started; its own group, so that Ctrl-C reaches this command first and alone. */
function endGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}

/** runProgram runs a program to its end. @throws StackFault no_docker when there is no such program, interrupted */
export const runProgram: Runner = (program, args, { limitMs, env, cwd, signal }) => {
  const { promise, resolve, reject } = Promise.withResolvers<Ran>();
  if (signal?.aborted === true) throw new StackFault('interrupted', 'interrupted');
  const child = spawn(program, [...args], { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  let kill: NodeJS.Timeout | undefined;
  const end = (): void => {
    endGroup(child.pid, 'SIGTERM');
    kill = setTimeout(() => endGroup(child.pid, 'SIGKILL'), KILL_AFTER_MS);
  };
  const limit = setTimeout(end, limitMs);
  signal?.addEventListener('abort', end, { once: true });
  const said = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      said[name] = (said[name] + text).slice(-SAID_CHARS_MAX);
    });
  child.once('error', (cause) => reject(new StackFault('no_docker', `${program}: ${cause.message}`, { cause })));
  child.once('close', (code) => resolve({ code, ...said }));
  return promise.finally(() => {
    clearTimeout(limit);
    clearTimeout(kill);
    signal?.removeEventListener('abort', end);
  });
};

// Ctrl-C goes to the whole group: the program below ends by it, and this one when that has.
const ignore = (): void => undefined;

/** showLines shows what a program prints, line by line, until it ends. @throws StackFault no_docker */
export function showLines(
  program: string,
  args: readonly string[],
  { cwd, print }: { cwd: string; print: (line: string) => void },
): Promise<number | null> {
  const { promise, resolve, reject } = Promise.withResolvers<number | null>();
  process.on('SIGINT', ignore);
  const child = spawn(program, [...args], { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  createInterface(child.stdout).on('line', print);
  child.once('error', (cause) => reject(new StackFault('no_docker', `${program}: ${cause.message}`, { cause })));
  child.once('close', (code) => resolve(code));
  return promise.finally(() => process.off('SIGINT', ignore));
}

/** outputTail is the end of what a program printed. */
function outputTail({ stdout, stderr }: Ran): string {
  const text = `${stdout.trim()}\n${stderr.trim()}`.trim();
  return text.slice(-OUTPUT_TAIL_CHARS);
}

/** mustRun answers stdout of a program that must succeed. @throws StackFault docker_failed with its output, interrupted */
export async function mustRun(
  runner: Runner,
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<string> {
  const ran = await runner(program, args, options);
  if (ran.code !== null && (options.okCodes ?? [0]).includes(ran.code)) return ran.stdout;
  if (options.signal?.aborted === true) throw new StackFault('interrupted', 'interrupted');
  const name = options.name ?? `${program} ${args.slice(0, 2).join(' ')}`;
  const how = ran.code === null ? `did not end within ${options.limitMs / 1000} s` : `ended with code ${ran.code}`;
  throw new StackFault('docker_failed', `${name} ${how}:\n${outputTail(ran)}`);
}
