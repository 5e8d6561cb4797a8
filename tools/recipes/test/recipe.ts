import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { until } from '@nestfleet/timing';
import { endWithOwner } from '@nestfleet/timing/testing';

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
  /**
   * @param onOutput is told what it prints, also before it listens
   * @throws Error with what it has printed, as soon as it ends without listening
   */
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
      endWithOwner(child);
      const exited = once(child, 'exit');
      replicas.push({ child, exited });
      let text = '';
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (more: string) => {
          text += more;
          onOutput(more);
        });
      let hasEnded = false;
      // Behind 'exit' there may be output still.
      child.once('close', () => (hasEnded = true));
      const portOf = () => /listens at \S+:(\d+)/.exec(text)?.[1];
      await until(() => hasEnded || portOf(), READY_WITHIN_MS, { what: `the start of ${name}` }).catch(
        (cause: unknown) => {
          throw new Error(`${name} does not listen:\n${text}`, { cause });
        },
      );
      if (portOf() === undefined) throw new Error(`${name} has ended with ${String((await exited)[0])}:\n${text}`);
      const port = Number(portOf());
      return { child, port, url: `http://127.0.0.1:${port}`, output: () => text, exited };
    },
    async end() {
      for (const { child } of replicas) child.kill('SIGKILL');
      await Promise.all(replicas.map(({ exited }) => exited));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
