import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const ANSWER_WITHIN_MS = 2_000;
const COMMAND_CHARS_MAX = 100;

/** parseSs: `users:(("node",pid=12,fd=3))` of `ss -ltnpH` → 12. */
export const parseSs = (printed: string): string | undefined => /users:\(\("[^"]*",pid=(\d+)/.exec(printed)?.[1];

/** parseLsof: the line `p12` of `lsof -Fp` → 12. */
export const parseLsof = (printed: string): string | undefined => /^p(\d+)$/m.exec(printed)?.[1];

async function ask(command: string, args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(command, [...args], { timeout: ANSWER_WITHIN_MS })).stdout;
  } catch {
    return '';
  }
}

/**
 * portOwner is who listens on a TCP port, for people; undefined when it cannot be found out (another user's process, no ss
 * and no lsof).
 */
export async function portOwner(port: number): Promise<string | undefined> {
  const pid =
    parseSs(await ask('ss', ['-ltnpH', `sport = :${port}`])) ??
    parseLsof(await ask('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fp']));
  if (pid === undefined) return undefined;
  // Not the short name: a Node process is called MainThread there.
  const command = (await ask('ps', ['-o', 'args=', '-p', pid])).trim();
  const shown = command.length > COMMAND_CHARS_MAX ? `${command.slice(0, COMMAND_CHARS_MAX)}…` : command;
  return `pid ${pid}${shown === '' ? '' : ` (${shown})`}`;
}
