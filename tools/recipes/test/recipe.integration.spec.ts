import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { bundleRecipe } from './recipe.ts';
import { startRedis } from './servers.ts';

/** Half of what a replica has to listen. */
const WITHIN_MS = 60_000;

/** It dies before it asks for its Redis. */
const NO_DATABASE = { DATABASE: '/nowhere/products.sqlite', REDIS_URL: 'redis://127.0.0.1:1' };

describe('a replica of a recipe', () => {
  it(
    'is not waited for when it has ended, and its last words are told',
    async () => {
      const recipe = await bundleRecipe('cache');
      try {
        await expect(recipe.start(NO_DATABASE)).rejects.toThrow(
          /cache has ended with 1:[^]*unable to open database file/,
        );
      } finally {
        await recipe.end();
      }
    },
    WITHIN_MS,
  );

  it(
    'ends with a test that is killed',
    async () => {
      const recipe = JSON.stringify(resolve(import.meta.dirname, 'recipe.ts'));
      // A replica that has something to say ends of itself, at a pipe that nobody reads; this one has its Redis, and is silent.
      const redis = await startRedis(mkdtempSync(join(tmpdir(), 'nestfleet-recipes-')));
      const script = `import { bundleRecipe } from ${recipe};
        const recipe = await bundleRecipe('socket-io');
        const { child } = await recipe.start({ REDIS_URL: '${redis.url}' });
        console.log('replica ' + child.pid + ' ' + child.spawnargs[1]);`;
      try {
        const owner = spawn(process.execPath, ['--no-warnings', '--input-type=module', '--eval', script], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const lines: string[] = [];
        createInterface(owner.stdout).on('line', (line) => lines.push(line));
        const start = () => lines.map((line) => /^replica (\d+) (.+)$/.exec(line)).find(Boolean);
        const [, pid, program = ''] = await until(start, WITHIN_MS);
        expect(isAlive(Number(pid))).toBe(true);
        owner.kill('SIGKILL');
        const hasEnded = await until(() => !isAlive(Number(pid)), WITHIN_MS).catch(() => false);
        if (!hasEnded) process.kill(Number(pid), 'SIGKILL');
        rmSync(dirname(program), { recursive: true, force: true });
        expect(hasEnded).toBe(true);
      } finally {
        await redis.stop();
        rmSync(redis.dir, { recursive: true, force: true });
      }
    },
    2 * WITHIN_MS,
  );
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
