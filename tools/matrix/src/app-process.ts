import { spawn } from 'node:child_process';
import { until } from '@nestfleet/timing';
import { endWithOwner } from '@nestfleet/timing/testing';
import { strangersEnv } from './npm.ts';

/** How a process ended: its exit code, or the signal. */
export type End = number | NodeJS.Signals;

/** A process of an app that was generated and built. */
export interface AppProcess {
  /** All that it has printed so far. */
  output(): string;
  /** Undefined while it runs. */
  end(): End | undefined;
  /** Sends SIGTERM; how the process ended, and after how long. */
  terminate(withinMs: number): Promise<{ end: End; tookMs: number }>;
  /** Ends it where it still runs. */
  kill(): void;
}

/** Starts what was built in a folder, in the environment of a stranger. */
export function spawnApp(
  folder: string,
  { node, file, env }: { node: string; file: string; env: Readonly<Record<string, string>> },
): AppProcess {
  const child = spawn(node, [file], {
    cwd: folder,
    env: { ...strangersEnv(node), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithOwner(child);
  let end: End | undefined;
  child.once('exit', (code, signal) => (end = code ?? signal ?? 0));
  child.once('error', () => (end ??= 'SIGKILL'));
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
  return {
    output: () => printed,
    end: () => end,
    async terminate(withinMs) {
      const startedMs = performance.now();
      child.kill('SIGTERM');
      await until(() => end !== undefined, withinMs, { what: 'the end after SIGTERM' });
      return { end: end ?? 0, tookMs: performance.now() - startedMs };
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
