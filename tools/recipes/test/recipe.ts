import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { until } from '@nestfleet/timing';

const root = resolve(import.meta.dirname, '../../..');
const { NODE_OPTIONS: _, ...env } = process.env;
const READY_WITHIN_MS = 120_000;

/** Replica is one process of a recipe that listens. */
export interface Replica {
  readonly child: ChildProcess;
  readonly port: number;
  readonly url: string;
  /** What it has printed. */
  readonly output: () => string;
  /** Its exit code and signal. */
  readonly exited: Promise<readonly unknown[]>;
}

/** Recipe is a program of `src`, bundled, that runs in as many processes as a test wants. */
export interface Recipe {
  /** @param onOutput is told what it prints, also before it listens */
  start(settings: Readonly<Record<string, string>>, onOutput?: (text: string) => void): Promise<Replica>;
  /** Ends all that run. */
  end(): Promise<void>;
}

export async function bundleRecipe(name: string): Promise<Recipe> {
  const parent = join(root, 'tools/recipes/dist');
  mkdirSync(parent, { recursive: true });
  const folder = mkdtempSync(join(parent, `${name}-`));
  const bundling = ['tools/rolldown.test-programs.mjs', folder, `tools/recipes/src/${name}.ts`];
  await promisify(execFile)(process.execPath, bundling, { cwd: root, env });
  const replicas: Pick<Replica, 'child' | 'exited'>[] = [];
  return {
    async start(settings, onOutput = () => undefined) {
      const child = spawn(process.execPath, [join(folder, `${name}.mjs`)], {
        env: { ...env, NO_COLOR: '1', PORT: '0', ...settings },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const exited = once(child, 'exit');
      replicas.push({ child, exited });
      let text = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (more: string) => {
          text += more;
          onOutput(more);
        });
      const listening = (): number => {
        const [, port] = /listens at \S+:(\d+)/.exec(text) ?? [];
        if (port === undefined) throw new Error(text);
        return Number(port);
      };
      const port = await until(listening, READY_WITHIN_MS, { what: `the start of ${name}` });
      return { child, port, url: `http://127.0.0.1:${port}`, output: () => text, exited };
    },
    async end() {
      for (const { child } of replicas) child.kill('SIGKILL');
      await Promise.all(replicas.map(({ exited }) => exited));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
