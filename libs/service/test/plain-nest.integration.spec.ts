import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { until } from '@nestfleet/timing';
import { endWithOwner } from '@nestfleet/timing/testing';

const root = resolve(import.meta.dirname, '../../..');
const { NODE_OPTIONS: _, ...env } = process.env;
const [, firstUse = ''] =
  /```ts run-by=libs\/service\/test\/plain-nest\S+\n([\s\S]*?)```/.exec(
    readFileSync(join(root, 'libs/service/README.md'), 'utf8'),
  ) ?? [];

interface PlainApp {
  readonly child: ChildProcess;
  readonly url: string;
  /** What it has said, line by line. */
  readonly lines: () => string[];
  readonly exited: Promise<readonly unknown[]>;
}

let folder: string;
let children: ChildProcess[] = [];

beforeAll(async () => {
  // Within the repository, so that its packages are found.
  mkdirSync(join(root, 'dist'), { recursive: true });
  folder = mkdtempSync(join(root, 'dist/.plain-'));
  writeFileSync(join(folder, 'readme.ts'), firstUse);
  const programs = ['libs/service/test/plain-app-holder.ts', join(folder, 'readme.ts')];
  const bundling = [join(root, 'tools/rolldown.test-programs.mjs'), folder, ...programs];
  await promisify(execFile)(process.execPath, bundling, { env });
}, 60_000);
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(file: string, words: string[], more: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [join(folder, file), ...words], { env: { ...env, ...more }, stdio: 'pipe' });
  endWithOwner(child);
  children = [...children, child];
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  return { child, exited: once(child, 'exit'), lines: (): string[] => output.trim().split('\n') };
}

async function start(...words: string[]): Promise<PlainApp> {
  const app = run('plain-app-holder.mjs', words);
  const port = await until(() => /^port (\d+)$/.exec(app.lines()[0] ?? '')?.[1], 30_000);
  return { ...app, url: `http://127.0.0.1:${port}` };
}

async function ask(url: string, agent: Agent | false): Promise<number | undefined> {
  const request = get(url, { agent });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  await text(response);
  return response.statusCode;
}

/** What a load balancer does: sends until its own check, which comes again and again, fails. */
async function balance(url: string): Promise<{ answered: number; lost: unknown[] }> {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const result = { answered: 0, lost: [] as unknown[] };
  const unpicked = new AbortController();
  const sends = Array.from({ length: 8 }, async (_each, n) => {
    while (!unpicked.signal.aborted)
      await ask(url, n % 2 === 0 ? agent : false).then(
        (status) => (status === 200 ? (result.answered += 1) : result.lost.push(status)),
        (error: unknown) => result.lost.push(error),
      );
  });
  await until(async () => (await ask(`${url}/readyz`, false)) === 404, 30_000);
  unpicked.abort();
  await Promise.all(sends);
  agent.destroy();
  return result;
}

describe('a plain Nest app with ShutdownModule', () => {
  it.each([
    ['fastify', 'hooks'],
    ['fastify', 'without'],
    ['express', 'hooks'],
    ['express', 'without'],
  ])('on %s, %s enableShutdownHooks(), loses no request at SIGTERM and ends with 0', async (...words) => {
    const { child, url, lines, exited } = await start(...words);
    expect(await ask(`${url}/readyz`, false)).toBe(200);
    const slow = [ask(`${url}/slow`, false), ask(`${url}/slow`, false)];
    const load = balance(url);
    await until(() => lines().filter((line) => line === 'slow begins').length === 2, 10_000);
    child.kill('SIGTERM');
    const { answered, lost } = await load;
    expect(lost).toEqual([]);
    expect(answered).toBeGreaterThan(0);
    expect(await Promise.all(slow)).toEqual([200, 200]);
    expect(await exited).toEqual([0, null]);
    expect(lines().slice(3)).toEqual([
      'jobs pause',
      'slow ends',
      'slow ends',
      'jobs released',
      'database closes',
      'shut down by SIGTERM',
    ]);
  });

  it('is a whole program in README', async () => {
    const { child, lines, exited } = run('readme.mjs', [], { PORT: '0' });
    await until(() => lines().some((line) => line.includes('successfully started')), 30_000);
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(lines().at(-1)).toContain('graceful shutdown completed {"cut":0}');
  });

  it('loads no framework by itself', () => {
    const files = globSync('*.{js,mjs}', { cwd: folder }).filter((file) => file !== 'readme.mjs');
    const code = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n');
    const loaded = [...code.matchAll(/^(?:import|export)\b[^;]*?["']([^"']+)["'];?$/gm)].map(([, name = '']) => name);
    const packages = new Set(loaded.filter((name) => !/^(node:|\.)/.test(name)));
    expect([...packages].toSorted()).toEqual(['@nestjs/common', '@nestjs/core', 'reflect-metadata', 'zod']);
  });

  it.each(['hooks', 'without'])('ends in order with 0 at a SIGTERM while it starts, %s', async (hooks) => {
    const { child, lines, exited } = run('plain-app-holder.mjs', ['fastify', hooks, 'slow']);
    await until(() => lines().includes('database connects'), 30_000);
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
    expect(lines()).toEqual(expect.arrayContaining(['database connected', 'database closes']));
  });

  it.each(['fastify', 'express'])('on %s ends with 69, and in order, where its port is taken', async (framework) => {
    const taken = createServer();
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    const { port } = taken.address() as AddressInfo;
    const { lines, exited } = run('plain-app-holder.mjs', [framework, 'without'], { PORT: String(port) });
    expect(await exited).toEqual([69, null]);
    expect(lines()).toContain('database closes');
    taken.close();
  });

  it('ends with 1 at a second signal', async () => {
    const { child, lines, exited } = await start('fastify', 'hooks');
    child.kill('SIGTERM');
    await until(() => lines().includes('jobs pause'), 10_000);
    child.kill('SIGTERM');
    expect(await exited).toEqual([1, null]);
    expect(lines()).not.toContain('database closes');
  });

  it('ends with 1 at the hard deadline', async () => {
    const { child, lines, exited } = await start('fastify', 'hooks', 'stuck');
    child.kill('SIGTERM');
    expect(await exited).toEqual([1, null]);
    expect(lines()).not.toContain('jobs released');
  });
});
