import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

export interface AppProcess {
  /** Ends the running app, if any, and starts it anew. Calls run one after the other; only the last waiting one counts. */
  restart(): Promise<void>;
  /** Ends the app for good. */
  stop(): Promise<void>;
  /** True when its last run ended by itself with a fault. */
  crashed(): boolean;
}

export interface AppCommand {
  name: string;
  /** Script that Node runs. */
  script: string;
  env: NodeJS.ProcessEnv;
  /** How long the app may drain before it is killed. */
  killAfterMs: number;
  say: (line: string) => void;
}

const exitGuard = join(import.meta.dirname, 'exit-with-parent.ts');

function isRunning(child: ChildProcess | undefined): child is ChildProcess {
  return child !== undefined && child.exitCode === null && child.signalCode === null;
}

export function appProcess({ name, script, env, killAfterMs, say }: AppCommand): AppProcess {
  let child: ChildProcess | undefined;
  let stopping = false;
  let crashed = false;
  let turn = Promise.resolve();
  let waiting = 0;
  let stopped = false;

  function start(): void {
    stopping = false;
    crashed = false;
    // A process group of its own: Ctrl-C reaches the app through us, once.
    const started = spawn(process.execPath, ['--enable-source-maps', '--import', exitGuard, script], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      detached: true,
      env,
    });
    child = started;
    started.once('error', (fault) => say(`${name} cannot be started: ${fault.message}`));
    started.once('exit', (code, signal) => {
      if (stopping) return;
      crashed = code !== 0;
      say(`${name} ended by itself with ${signal ?? `code ${code}`}; it starts again when a file changes`);
    });
  }

  async function end(): Promise<void> {
    const running = child;
    if (!isRunning(running)) return;
    stopping = true;
    const gone = new Promise((resolve) => running.once('exit', resolve));
    const killer = setTimeout(() => {
      say(`${name} has not ended within ${killAfterMs / 1000} s: killed`);
      running.kill('SIGKILL');
    }, killAfterMs);
    running.kill('SIGTERM');
    await gone;
    clearTimeout(killer);
  }

  async function replace(): Promise<void> {
    waiting -= 1;
    if (waiting > 0 || stopped) return;
    if (isRunning(child)) say(`${name} shuts down gracefully`);
    await end();
    if (!stopped) start();
  }

  return {
    restart: () => {
      waiting += 1;
      turn = turn.then(replace);
      return turn;
    },
    stop: async () => {
      stopped = true;
      await end();
      await turn;
    },
    crashed: () => crashed,
  };
}
