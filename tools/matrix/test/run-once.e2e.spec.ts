import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { type PostgresServer, startPostgres } from '@nestfleet/outbox/testing';
import { until } from '@nestfleet/timing';
import { endWithOwner } from '@nestfleet/timing/testing';
import { findPostgres } from '../../fleet/src/programs.ts';
import { npm, registryAnswers, strangersEnv } from '../src/npm.ts';
import { run } from '../src/run.ts';
import { packInto } from '../src/tarballs.ts';

const INSTALL_TIMEOUT_MS = 480_000;
const TIMEOUT_MS = 180_000;
const WITHIN_MS = 60_000;

const redisUrl = process.env['REDIS_URL'];
/** This machine's, or the distribution's package, fetched; its rejection says what was tried. */
const postgres = findPostgres();
const hasPostgres = await postgres.then(
  () => true,
  () => false,
);
const isPossible = redisUrl !== undefined && hasPostgres && (await registryAnswers());
if (!isPossible) console.warn('NO REDIS, POSTGRESQL OR REGISTRY OF NPM: MIGRATIONS OF TYPEORM ARE NOT RUN');
const migrating = isPossible || process.env['CI'] !== undefined ? describe : describe.skip;

/** Exact: what others publish tomorrow is no matter of these tests. */
const packages = [
  '@nestjs/common@12.1.1',
  '@nestjs/core@12.1.1',
  '@nestjs/platform-express@12.5.1',
  'reflect-metadata@0.2.2',
  'rxjs@7.8.2',
  'typeorm@1.1.1',
  'pg@8.23.1',
];

interface Replica {
  readonly child: ChildProcess;
  readonly lines: readonly string[];
  said(beginning: string): Promise<string>;
}

migrating('migrations that replicas run once before they are ready', () => {
  let folder: string;
  let server: PostgresServer;
  let namespace: string;
  let database: string;
  let replicas: Replica[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'nestfleet-run-once-'));
    if (redisUrl === undefined) throw new Error('REDIS_URL names no Redis');
    const { path } = await postgres;
    const options = { node: process.execPath, cwd: folder, timeoutMs: INSTALL_TIMEOUT_MS };
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'shop', private: true, type: 'module' }));
    cpSync(resolve(import.meta.dirname, '../fixtures/run-once'), folder, { recursive: true });
    const tarballs = await packInto(folder, process.execPath);
    await npm(['install', '--ignore-scripts', ...tarballs, ...packages], options);
    server = await startPostgres(path);
  }, INSTALL_TIMEOUT_MS + TIMEOUT_MS);
  afterAll(async () => {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });
  beforeEach(async () => {
    namespace = `once-${randomUUID().slice(0, 8)}`;
    database = `shop_${randomUUID().slice(0, 8)}`;
    await sql(`CREATE DATABASE ${database}`, 'postgres');
  });
  afterEach(() => {
    for (const { child } of replicas) child.kill('SIGKILL');
    replicas = [];
  });

  const env = (of: string) => ({
    ...strangersEnv(process.execPath),
    PGHOST: server.connection.host,
    PGUSER: server.connection.user,
    PGDATABASE: of,
    REDIS_URL: redisUrl ?? '',
    NAMESPACE: namespace,
  });
  async function sql(text: string, of: string = database): Promise<unknown> {
    const script = `import pg from 'pg'; const c = new pg.Client(); await c.connect(); console.log(JSON.stringify((await c.query(process.argv[1])).rows)); await c.end();`;
    const words = [process.execPath, '--input-type=module', '--eval', script, text];
    return JSON.parse(await run('sql', words, { cwd: folder, env: env(of), timeoutMs: WITHIN_MS })) as unknown;
  }

  function start(...words: string[]): Replica {
    const child = spawn(process.execPath, ['--no-warnings', 'main.ts', ...words], {
      cwd: folder,
      env: env(database),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    endWithOwner(child);
    const lines: string[] = [];
    createInterface(child.stdout).on('line', (line) => lines.push(line));
    const said = async (beginning: string) => {
      const what = `the line "${beginning}"`;
      const line = await until(() => lines.find((each) => each.startsWith(beginning)), WITHIN_MS, { what });
      return line.slice(beginning.length + 1);
    };
    replicas = [...replicas, { child, lines, said }];
    return replicas.at(-1)!;
  }
  const tell = ({ child }: Replica) => void child.stdin?.write('go\n');
  const statusOf = async (replica: Replica, path: string) =>
    (await fetch((await replica.said('listens')) + path)).status;
  const ready = (some: readonly Replica[]) =>
    Promise.all(some.map((each) => until(async () => (await statusOf(each, '/readyz')) === 200, WITHIN_MS)));
  const ran = (some: readonly Replica[]) => some.flatMap(({ lines }) => lines).filter((line) => line === 'ran').length;
  const runnerOf = (some: readonly Replica[]) =>
    until(() => some.find(({ lines }) => lines.some((line) => line.startsWith('runs'))), WITHIN_MS);

  /** Holds the lock at which the second migration stops. */
  async function holdHalfway(): Promise<() => Promise<void>> {
    const script = `import pg from 'pg'; const c = new pg.Client(); await c.connect(); await c.query('SELECT pg_advisory_lock(42)'); console.log('held'); process.stdin.once('data', async () => { await c.end(); process.exit(); });`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: folder,
      env: env(database),
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    endWithOwner(child);
    let held = '';
    child.stdout.on('data', (text) => (held += String(text)));
    await until(() => held !== '', WITHIN_MS);
    return async () => {
      child.stdin.write('go\n');
      await until(() => child.exitCode !== null, WITHIN_MS);
    };
  }
  const isHalfway = () =>
    until(
      async () =>
        JSON.stringify(
          await sql("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 42 AND NOT granted"),
        ) !== '[]',
      WITHIN_MS,
    );
  const expectMigrated = async () => expect(await sql('SELECT id, paid FROM orders')).toEqual([{ id: 1, paid: false }]);
  const recorded = async () => (await sql('SELECT name FROM migrations')) as unknown[];

  it(
    'of three that boot at once one migrates; the others live, unready, until it has',
    async () => {
      const letGo = await holdHalfway();
      const all = [start(), start(), start()];
      await isHalfway();
      for (const each of all)
        expect([await statusOf(each, '/livez'), await statusOf(each, '/readyz')]).toEqual([200, 503]);
      await letGo();
      await ready(all);
      expect(ran(all)).toBe(1);
      await expectMigrated();
      expect(await recorded()).toHaveLength(2);
    },
    TIMEOUT_MS,
  );

  it(
    'one that was paused before it writes is fenced off',
    async () => {
      const first = start('gated');
      await first.said('runs');
      first.child.kill('SIGSTOP');
      const next = start();
      await ready([next]);
      first.child.kill('SIGCONT');
      await first.said('aborted');
      tell(first);
      expect(await first.said('failed')).toMatch(/^fencing_token_stale/);
      await ready([first]);
      expect(ran([first, next])).toBe(1);
      await expectMigrated();
      expect(await recorded()).toHaveLength(2);
    },
    TIMEOUT_MS,
  );

  it(
    'one that is killed half-way leaves nothing, and the next one migrates',
    async () => {
      const letGo = await holdHalfway();
      const all = [start(), start()];
      const first = await runnerOf(all);
      await isHalfway();
      first.child.kill('SIGKILL');
      const [next] = all.filter((each) => each !== first) as [Replica];
      await next.said('runs');
      expect(await statusOf(next, '/readyz')).toBe(503);
      await letGo();
      await ready([next]);
      expect(ran(all)).toBe(1);
      await expectMigrated();
      expect(await recorded()).toHaveLength(2);
    },
    TIMEOUT_MS,
  );
});
