import { until } from '@nestfleet/timing';
import { type AppProcess, spawnApp } from './app-process.ts';

const BOOT_TIMEOUT_MS = 60_000;

/** A generated app that runs. */
export interface RunningApp extends AppProcess {
  readonly url: string;
  get(path: string): Promise<unknown>;
  post(path: string, body: unknown): Promise<unknown>;
}

/** Starts the built app of a folder on a free port, and waits until it says where it listens. */
export async function startApp(
  folder: string,
  { node, env }: { node: string; env: Readonly<Record<string, string>> },
): Promise<RunningApp> {
  const started = spawnApp(folder, { node, file: 'dist/main.js', env: { ...env, PORT: '0' } });
  try {
    await until(() => started.end() !== undefined || listening.test(started.output()), BOOT_TIMEOUT_MS);
    const [, url] = listening.exec(started.output()) ?? [];
    if (url === undefined) throw new Error(`it ended with ${started.end()}`);
    return runningApp(started, url);
  } catch (cause) {
    started.kill();
    throw new Error(`it does not boot:\n${started.output().trim().slice(-2_000)}`, { cause });
  }
}

const listening = /listening on (http\S+)/;

function runningApp(started: AppProcess, url: string): RunningApp {
  const ask = async (path: string, init?: RequestInit) => {
    const response = await fetch(url + path, init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${text.slice(0, 300)}`);
    return JSON.parse(text) as unknown;
  };
  return {
    ...started,
    url,
    get: (path) => ask(path),
    post: (path, body) =>
      ask(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  };
}
