import { type ChildProcess, spawn } from 'node:child_process';
import { until } from '@nestfleet/timing';
import { endWithOwner } from '@nestfleet/timing/testing';
import { strangersEnv } from './npm.ts';

const BOOT_TIMEOUT_MS = 60_000;

/** A generated app that runs. */
export interface RunningApp {
  readonly url: string;
  /** All that it has printed so far. */
  output(): string;
  get(path: string): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
  /** Sends SIGTERM; how the process ended, and after how long. */
  terminate(withinMs: number): Promise<{ end: number | NodeJS.Signals; tookMs: number }>;
  /** Ends it where it still runs. */
  kill(): void;
}

/** Starts the built app of a folder on a free port, and waits until it says where it listens. */
export async function startApp(
  folder: string,
  { node, env }: { node: string; env: Readonly<Record<string, string>> },
): Promise<RunningApp> {
  const child = spawn(node, ['dist/main.js'], {
    cwd: folder,
    env: { ...strangersEnv(node), ...env, PORT: '0' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithOwner(child);
  let end: number | NodeJS.Signals | undefined;
  child.once('exit', (code, signal) => (end = code ?? signal ?? 0));
  child.once('error', () => (end ??= 'SIGKILL'));
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
  try {
    await until(() => end !== undefined || listening.test(printed), BOOT_TIMEOUT_MS);
    const [, url] = listening.exec(printed) ?? [];
    if (url === undefined) throw new Error(`it ended with ${end}`);
    return runningApp(child, url, { output: () => printed, end: () => end });
  } catch (cause) {
    child.kill('SIGKILL');
    throw new Error(`it does not boot:\n${printed.trim().slice(-2_000)}`, { cause });
  }
}

const listening = /listening on (http\S+)/;

interface Seen {
  readonly output: () => string;
  readonly end: () => number | NodeJS.Signals | undefined;
}

function runningApp(child: ChildProcess, url: string, { output, end }: Seen): RunningApp {
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(url + path, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${text.slice(0, 300)}`);
    return JSON.parse(text) as unknown;
  };
  return {
    url,
    output,
    get: (path) => ask(path),
    post: (path, body) =>
      ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    async terminate(withinMs) {
      const startedMs = performance.now();
      child.kill('SIGTERM');
      await until(() => end() !== undefined, withinMs, { what: 'the end after SIGTERM' });
      return { end: end() ?? 0, tookMs: performance.now() - startedMs };
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
