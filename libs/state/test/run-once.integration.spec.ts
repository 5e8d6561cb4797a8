import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { openState } from '../src/index.ts';
import { bundle } from './bundle.ts';
import { killAll, type Replica, startReplica } from './replica.ts';
import { describeWith, ownNamespace, WITHIN_MS } from './servers.ts';

const TIMEOUT_MS = 120_000;

const runs = ({ lines }: Replica) => lines.filter((line) => line.startsWith('runs'));

const ready = (some: readonly Replica[]) => Promise.all(some.map((each) => each.said('ready')));
const runnerOf = (some: readonly Replica[]) => until(() => some.find((each) => runs(each).length > 0), 2 * WITHIN_MS);

describeWith('NESTFLEET_REDIS_SERVER', 'replicas that run a task once before they are ready', () => {
  let bundled: Awaited<ReturnType<typeof bundle>>;
  let server: RedisServer;
  let namespace: string;
  let folder: string;
  const replicas: Replica[] = [];

  beforeAll(async () => {
    bundled = await bundle('once-holder.ts');
  }, 60_000);
  afterAll(() => bundled?.remove());
  beforeEach(async () => {
    server = await startRedisServer();
    namespace = ownNamespace();
    folder = mkdtempSync(join(tmpdir(), 'run-once-'));
  });
  afterEach(async () => {
    killAll(replicas);
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const start = () => startReplica(bundled.program, [server.url, namespace, folder], replicas);
  /** Fencing tokens of those that have done it. */
  const done = () =>
    existsSync(join(folder, 'done')) ? readFileSync(join(folder, 'done'), 'utf8').trim().split('\n') : [];
  async function recorded(): Promise<unknown> {
    const state = openState({ redisUrl: server.url, namespace });
    try {
      await state.ready();
      return JSON.parse((await state.values.get('run-once:migrations:7'))?.value ?? 'null');
    } finally {
      await state.close();
    }
  }

  it(
    'of three that boot at once one runs it; the others live, and are ready when it is done',
    async () => {
      const all = [start(), start(), start()];
      const urls = await Promise.all(all.map((each) => each.said('listens')));
      const runner = await runnerOf(all);
      for (const url of urls) expect((await fetch(`${url}/livez`)).status).toBe(200);
      expect(all.flatMap(({ lines }) => lines)).not.toContain('ready');
      runner.tell('go');
      await ready(all);
      expect(all.flatMap(runs)).toHaveLength(1);
      expect(done()).toHaveLength(1);
      // One that boots later.
      const late = start();
      await late.said('ready');
      expect(runs(late)).toEqual([]);
      expect(await recorded()).toEqual({ state: 'done', fencing_token: Number(done()[0]) });
    },
    TIMEOUT_MS,
  );

  it(
    'one that is killed half-way is followed by another, which records it once',
    async () => {
      const all = [start(), start(), start()];
      const first = await runnerOf(all);
      const token = Number(await first.said('runs'));
      first.child.kill('SIGKILL');
      const others = all.filter((each) => each !== first);
      const next = await runnerOf(others);
      expect(Number(await next.said('runs'))).toBeGreaterThan(token);
      expect(others.flatMap(({ lines }) => lines)).not.toContain('ready');
      next.tell('go');
      await ready(others);
      expect(done()).toEqual([await next.said('runs')]);
      expect(await recorded()).toEqual({ state: 'done', fencing_token: Number(done()[0]) });
    },
    TIMEOUT_MS,
  );

  it(
    'one that was paused beyond its lease is told so, and is ready with what another has done',
    async () => {
      const first = start();
      const token = Number(await first.said('runs'));
      first.child.kill('SIGSTOP');
      const next = start();
      expect(Number(await next.said('runs'))).toBeGreaterThan(token);
      first.child.kill('SIGCONT');
      await first.said('aborted');
      // It writes all the same, and that is for the fencing token to refuse where it writes to; it is not taken for done.
      first.tell('go');
      await first.said('ran');
      const pollMs = performance.now() + 500;
      await until(() => performance.now() > pollMs, WITHIN_MS);
      expect([...first.lines, ...next.lines]).not.toContain('ready');
      next.tell('go');
      await ready([first, next]);
      expect(runs(first)).toHaveLength(1);
      expect(await recorded()).toEqual({ state: 'done', fencing_token: Number(await next.said('runs')) });
    },
    TIMEOUT_MS,
  );

  it(
    'Redis that restarts empty in the middle lets nobody be ready before it was done',
    async () => {
      const all = [start(), start()];
      const first = await runnerOf(all);
      const { port } = server;
      await server.kill();
      server = await startRedisServer({ port });
      await first.said('aborted');
      const others = all.filter((each) => each !== first);
      const next = await runnerOf(others);
      expect(all.flatMap(({ lines }) => lines)).not.toContain('ready');
      first.tell('go');
      next.tell('go');
      await ready(all);
      expect(await recorded()).toEqual({ state: 'done', fencing_token: Number(await next.said('runs')) });
    },
    TIMEOUT_MS,
  );

  it(
    'a failure is tried again by one at a time, until it is done',
    async () => {
      const all = [start(), start()];
      for (let failures = 0; failures < 3; failures += 1) {
        await until(() => all.flatMap(runs).length === failures + 1, 2 * WITHIN_MS);
        for (const each of all) each.tell('fail');
      }
      expect(all.flatMap(({ lines }) => lines)).not.toContain('ready');
      await until(() => all.flatMap(runs).length === 4, 2 * WITHIN_MS);
      for (const each of all) each.tell('go');
      await ready(all);
      expect(done()).toHaveLength(1);
    },
    TIMEOUT_MS,
  );
});
