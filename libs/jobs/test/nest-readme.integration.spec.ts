import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { endWithOwner } from '@nestfleet/timing/testing';
import { z } from 'zod';
import { defineQueue, type Jobs } from '../src/index.ts';
import { describeWith, openings, ownNamespace, WITHIN_MS } from './servers.ts';

const root = resolve(import.meta.dirname, '../../..');
const readme = readFileSync(`${import.meta.dirname}/../README.md`, 'utf8');
const [, example = ''] = /```ts run-by=\S+\n([\s\S]*?)```/.exec(readme) ?? [];
const { NODE_OPTIONS: _, ...env } = process.env;

/** As README has it. */
const report = defineQueue({
  name: 'report',
  version: 1,
  payload: z.strictObject({ month: z.string(), pages: z.int() }),
  result: z.object({ pages: z.int() }),
  attempts: 5,
  backoffMs: 1_000,
  concurrency: 2,
});

/** Text, because this lib does not know that one. */
const withShutdownModule = [
  ["import { z } from 'zod';", "import { z } from 'zod';\nimport { ShutdownModule } from '@nestfleet/service/nest';"],
  ['imports: [', 'imports: [ShutdownModule.forRoot({ drainDelayMs: 200 }),'],
] as const;

/** The application of README, over this repository's adapter, with its own time for running jobs. */
function programOf(shutdownTimeoutMs: number, more: readonly (readonly [string, string])[] = []): string {
  const adapter = "import { FastifyAdapter } from '@nestjs/platform-fastify';\n";
  const edits = [
    ['create(AppModule)', 'create(AppModule, new FastifyAdapter(), { logger: false })'],
    ["namespace: 'shop'", 'namespace: process.env.NAMESPACE, instanceName: process.env.NAME'],
    ['shutdownTimeoutMs: 25_000', `shutdownTimeoutMs: ${shutdownTimeoutMs}`],
    ['process.env.PORT ?? 3000', "0, '127.0.0.1'"],
    ...more,
  ] as const;
  const program = edits.reduce((code, [from, to]) => {
    expect(code).toContain(from);
    return code.replace(from, to);
  }, example);
  return `${adapter}${program}process.send?.(await app.getUrl());\n`;
}

interface Replica {
  readonly url: string;
  /** SIGTERM; the code or the signal that it ended by. */
  stop(): Promise<unknown>;
}

describeWith('REDIS_URL', 'the Nest application in README, as a process', () => {
  const { open, closeAll } = openings();
  let folder: string;
  let namespace: string;
  let jobs: Jobs;
  const children = new Set<ChildProcess>();
  const job = async (id: string) => (await jobs.find(id))?.job;

  /** One file, its packages inside. */
  async function bundle(name: string, code: string): Promise<void> {
    writeFileSync(join(folder, `${name}.ts`), code);
    const cli = join(root, 'node_modules/rolldown/bin/cli.mjs');
    const settings = ['--platform', 'node', '--format', 'esm', '--tsconfig', join(root, 'tsconfig.base.json')];
    await promisify(execFile)(process.execPath, [cli, join(folder, `${name}.ts`), '--dir', folder, ...settings], {
      cwd: root,
      env,
    });
  }

  async function startReplica(program: 'patient' | 'brief' | 'graceful', name: string): Promise<Replica> {
    const child = spawn(process.execPath, [join(folder, `${program}.js`)], {
      env: { ...env, NAMESPACE: namespace, NAME: name },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    endWithOwner(child);
    children.add(child);
    const [url] = (await once(child, 'message')) as [string];
    return {
      url,
      stop: async () => {
        const gone = once(child, 'exit');
        child.kill('SIGTERM');
        const [code, signal] = (await gone) as [number | null, string | null];
        return code ?? signal;
      },
    };
  }

  /** A report of so many tenths of a second, once it runs there. */
  async function runningReport({ url }: Replica, pages: number): Promise<string> {
    const body = JSON.stringify({ month: '2026-11', pages });
    const answer = await fetch(`${url}/reports`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(answer.status).toBe(201);
    const { id } = (await answer.json()) as { id: string };
    await until(async () => ((await job(id))?.progress ?? 0) > 0, WITHIN_MS);
    return id;
  }

  beforeAll(async () => {
    // Within the repository, so that its packages are found.
    mkdirSync(join(root, 'dist'), { recursive: true });
    folder = mkdtempSync(join(root, 'dist/.readme-'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    await bundle('patient', programOf(25_000));
    await bundle('brief', programOf(200));
    await bundle('graceful', programOf(25_000, withShutdownModule));
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  beforeEach(async () => {
    namespace = ownNamespace();
    jobs = open({ namespace, queues: [report] });
    await jobs.ready();
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    children.clear();
    await closeAll();
  });

  it('ends a job of some seconds at SIGTERM, and only then itself', async () => {
    const replica = await startReplica('patient', 'first');
    const id = await runningReport(replica, 30);
    expect(await replica.stop()).toBe('SIGTERM');
    expect(await job(id)).toMatchObject({ state: 'completed', attempts: 1, result: { pages: 30 } });
  });

  it('ends it behind the drain delay of ShutdownModule too, with 0', async () => {
    const replica = await startReplica('graceful', 'first');
    const id = await runningReport(replica, 30);
    expect(await replica.stop()).toBe(0);
    expect(await job(id)).toMatchObject({ state: 'completed', attempts: 1, result: { pages: 30 } });
  });

  it('answers an error of the lib with its status', async () => {
    const { url } = await startReplica('patient', 'first');
    const body = JSON.stringify({ month: '2026-11', pages: 'many' });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${url}/reports`, { method: 'POST', headers, body });
    expect([answer.status, await answer.json()]).toMatchObject([400, { errorCode: 'invalid_payload' }]);
  });

  it('releases at SIGTERM what takes too long, and another process has it long before its lock would have expired', async () => {
    const replica = await startReplica('brief', 'first');
    const id = await runningReport(replica, 5_000);
    const other = await startReplica('brief', 'second');
    expect(await replica.stop()).toBe('SIGTERM');
    await until(async () => (await job(id))?.processed_by === 'second', WITHIN_MS);
    expect(await job(id)).toMatchObject({ state: 'active', error: null });
    await other.stop();
    expect(await job(id)).toMatchObject({ state: 'waiting', attempts: 0 });
  });

  it('answers what it said of a job, and 404 for none', async () => {
    const replica = await startReplica('patient', 'first');
    const id = await runningReport(replica, 3);
    await until(async () => (await job(id))?.state === 'completed', WITHIN_MS);
    const found = await fetch(`${replica.url}/reports/${id}`);
    expect(await found.json()).toMatchObject({ id, state: 'completed', result: { pages: 3 }, processed_by: 'first' });
    expect((await fetch(`${replica.url}/reports/report.none`)).status).toBe(404);
  });
});
