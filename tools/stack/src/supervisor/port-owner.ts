import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const ANSWER_WITHIN_MS = 2_000;

/** `users:(("node",pid=12,fd=3))` of `ss -ltnpH` → `node (pid 12)`. */
export function parseSs(printed: string): string | undefined {
  const [, name, pid] = /users:\(\("([^"]+)",pid=(\d+)/.exec(printed) ?? [];
  return pid === undefined ? undefined : `${name} (pid ${pid})`;
}

/** Lines `p12` and `cnode` of `lsof -Fpc` → `node (pid 12)`. */
export function parseLsof(printed: string): string | undefined {
  const pid = /^p(\d+)$/m.exec(printed)?.[1];
  const name = /^c(.+)$/m.exec(printed)?.[1];
  return pid === undefined ? undefined : `${name ?? 'a process'} (pid ${pid})`;
}

async function ask(command: string, args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(command, [...args], { timeout: ANSWER_WITHIN_MS })).stdout;
  } catch {
    return '';
  }
}

/** Who listens on a TCP port, for people; undefined when it cannot be told (another user's process, no ss and no lsof). */
export async function portOwner(port: number): Promise<string | undefined> {
  const bySs = parseSs(await ask('ss', ['-ltnpH', `sport = :${port}`]));
  return bySs ?? parseLsof(await ask('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']));
}
