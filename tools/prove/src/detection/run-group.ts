import { spawn } from 'node:child_process';
import type { CommandResult } from '../driver/make-fleet.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * runGroup runs a command and leaves nothing behind: what it started ends with it, or with its limit, or with this process. By
 * SIGKILL, because a test may have stopped its servers. @param limitMs code is -1 after it
 */
export function runGroup(
  command: string,
  args: readonly string[],
  { cwd, env, limitMs }: { cwd: string; env: NodeJS.ProcessEnv; limitMs: number },
): Promise<CommandResult> {
  const { promise, resolve, reject } = Promise.withResolvers<CommandResult>();
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  const end = (): void => endGroup(child.pid);
  // Ctrl-C does not reach a group of its own.
  const interrupted = (signal: NodeJS.Signals): void => {
    end();
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.once(signal, interrupted);
  const limit = setTimeout(end, limitMs);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.once('error', reject);
  child.once('exit', end);
  child.once('close', (code) => resolve({ code: code ?? -1, output }));
  return promise.finally(() => {
    clearTimeout(limit);
    for (const signal of SIGNALS) process.off(signal, interrupted);
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}
