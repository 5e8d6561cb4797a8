import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { dirname, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type RedisServer, freePort, startRedisServer } from '@nestfleet/redis/testing';
import { blocksRunBy } from '../../checks/src/code-blocks.ts';
import { findHaproxy, findRedisServer } from '../../fleet/src/programs.ts';
import { ask } from '../src/client/http-client.ts';
import { hasCurl } from '../src/client/curl.ts';
import { drawAgainIfTaken, saysTaken } from '../src/driver/taken-port.ts';
import { until } from '../src/client/until.ts';

const root = resolve(import.meta.dirname, '../../..');
const recipes = blocksRunBy(import.meta.filename);
const [recipe] = recipes;

const haproxy = await findHaproxy().catch((fault: unknown) => {
  if (process.env['CI']) throw fault;
  console.warn(`HAPROXY IS MISSING: THE RECIPE OF static.cfg IS NOT RUN. ${(fault as Error).message}`);
  return undefined;
});
const isReady = hasCurl();
if (!isReady) console.warn('CURL IS MISSING: THE RECIPE OF static.cfg IS NOT RUN.');
const withHaproxy = haproxy !== undefined && isReady ? describe : describe.skip;

withHaproxy('the recipe at the head of static.cfg', () => {
  let redis: RedisServer;
  let group: ChildProcess;
  let edge: number;
  let output = '';
  const servedBy = async (): Promise<string> => {
    const { status, text } = await ask(`http://localhost:${edge}/`);
    return status === 200 ? (JSON.parse(text) as { served_by: string }).served_by : String(status);
  };

  const end = async (): Promise<void> => {
    if (group?.pid === undefined || group.exitCode !== null) return;
    const gone = once(group, 'exit');
    process.kill(-group.pid, 'SIGKILL');
    await gone;
  };
  const start = async (): Promise<void> => {
    const first = await freePort();
    const second = await freePort();
    edge = await freePort();
    const lines = recipe!.code.replaceAll('20001', String(first)).replaceAll('20002', String(second)).split('\n');
    const { NODE_OPTIONS: _, ...env } = process.env;
    const path = [dirname(haproxy!.path), env['PATH'] ?? ''].join(':');
    const ports = { EDGE_PORT: String(edge), SERVER_1: String(first), SERVER_2: String(second) };
    const script = `${lines.filter((line) => !line.startsWith('curl ')).join('\n')}\nwait`;
    output = '';
    group = spawn('sh', ['-c', script], {
      cwd: root,
      env: { ...env, ...ports, PATH: path, REDIS_URL: redis.url },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [group.stdout, group.stderr]) stream?.on('data', (chunk: Buffer) => (output += String(chunk)));
    let words = '';
    await until(
      'both servers are up, or one found its port taken',
      async () => {
        if (saysTaken(output)) return true;
        const seen = [await servedBy().catch(String), await servedBy().catch(String)];
        return seen.includes('web-1') && seen.includes('web-2');
      },
      60_000,
    ).catch((fault: unknown) => (words = String(fault)));
    if (words === '' && !saysTaken(output)) return;
    await end();
    throw new Error(`${words}\n${output.slice(-4_000)}`);
  };

  beforeAll(async () => {
    redis = await startRedisServer({ binary: (await findRedisServer()).path });
    await drawAgainIfTaken(start);
  }, 240_000);
  afterAll(async () => {
    await end();
    await redis?.stop();
  });

  it('is found, with a request at its end', () => {
    expect(recipes.map(({ file }) => file)).toEqual(['deploy/haproxy/static.cfg']);
    expect(recipe?.code.trim().split('\n').at(-1)).toBe('curl http://localhost:8000/');
  });

  it('shows by curl who served: now one, now the other', async () => {
    const line = recipe!.code.trim().split('\n').at(-1)!.replace('8000', String(edge));
    const seen = new Set<string>();
    // On a busy machine a check may come late, and HAProxy leaves that server out for a moment.
    await until(
      'both have served',
      () => {
        const answer = spawnSync('sh', ['-c', line], { encoding: 'utf8' }).stdout;
        seen.add((JSON.parse(answer) as { served_by: string }).served_by);
        return seen.has('web-1') && seen.has('web-2');
      },
      60_000,
    );
    expect(seen.size).toBe(2);
  }, 90_000);

  it('has a page of statistics with both servers', async () => {
    const { status, text } = await ask(`http://localhost:${edge}/admin?stats`);
    expect(status).toBe(200);
    for (const server of ['web1', 'web2']) expect(text).toContain(server);
  });
});
