import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@nestfleet/timing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { connectSupervisor, sendRequest } from '../src/control/client.ts';
import { stackPaths } from '../src/core/stack-paths.ts';

/** Longer than a slow machine takes for one step; nothing here waits for it where all is well. */
const SOON_MS = 30_000;

interface Holder {
  child: ChildProcess;
  env: { REDIS_URL: string; CONSUL_HTTP_ADDR: string };
}

let dir: string;
const children: ChildProcess[] = [];

/** A process with a reference, as `nx serve` is one. The run's own servers are hidden from it. */
async function hold(lingerMs = 500, more: NodeJS.ProcessEnv = {}): Promise<Holder> {
  const { REDIS_URL: _redis, CONSUL_HTTP_ADDR: _consul, ...env } = process.env;
  const child = spawn(process.execPath, [join(import.meta.dirname, 'reference-holder.ts'), dir, String(lingerMs)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...env, ...more },
  });
  children.push(child);
  let words = '';
  child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()));
  const printed = await Promise.race([
    once(child.stdout, 'data').then(([data]) => String(data)),
    once(child, 'exit').then(() => Promise.reject(new Error(`the reference holder ended: ${words}`))),
  ]);
  return { child, env: JSON.parse(printed) as Holder['env'] };
}

async function kill({ child }: Holder): Promise<void> {
  child.kill('SIGKILL');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

async function listens(url: string): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port: Number(new URL(url).port) });
  const opened = await once(socket, 'connect').then(
    () => true,
    () => false,
  );
  socket.destroy();
  return opened;
}

interface Endpoint {
  pid: number;
  socket: string;
}
const endpoint = (): Endpoint => JSON.parse(readFileSync(stackPaths(dir).endpoint, 'utf8')) as Endpoint;

async function untilNothingRuns(urls: readonly string[], socket: string): Promise<void> {
  await until(() => !existsSync(stackPaths(dir).endpoint) && !existsSync(socket), SOON_MS);
  await until(async () => !(await Promise.all(urls.map(listens))).some(Boolean), SOON_MS);
}

describe('the servers that a process uses', () => {
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'servers-in-use-'));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await until(() => !existsSync(stackPaths(dir).endpoint), SOON_MS);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  it('are one Redis and one Consul for two that start at the same time, until both are killed', async () => {
    const [first, second] = await Promise.all([hold(), hold()]);
    expect(second.env).toEqual(first.env);
    const urls = Object.values(first.env);
    const { socket } = endpoint();

    await kill(first);
    // Longer than the linger: were the first the owner, its servers would be gone by now.
    const stays = until(() => !existsSync(stackPaths(dir).endpoint), 1_500);
    await expect(stays).rejects.toThrow('did not hold within 1500 ms');
    expect(await Promise.all(urls.map(listens))).toEqual([true, true]);

    await kill(second);
    await untilNothingRuns(urls, socket);
  });

  it('belong to a supervisor that is no child of whoever started it', async () => {
    const holder = await hold();
    const status = existsSync('/proc/self/status')
      ? readFileSync(`/proc/${endpoint().pid}/status`, 'utf8')
      : 'PPid:\t1\n';
    expect(status).not.toContain(`PPid:\t${String(holder.child.pid)}\n`);
    expect(status).not.toContain(`PPid:\t${process.pid}\n`);
  });

  it('are only those that the environment does not name, and no fleet is up beside them', async () => {
    const named = { REDIS_URL: 'redis://192.0.2.1:1', NESTFLEET_REDIS_SERVER: '/nowhere/redis-server' };
    const holder = await hold(500, named);
    expect(holder.env.REDIS_URL).toBe(named.REDIS_URL);
    expect(await listens(holder.env.CONSUL_HTTP_ADDR)).toBe(true);
    await expect(hold()).rejects.toThrow('REDIS_URL is set');
    const socket = await connectSupervisor(stackPaths(realpathSync(dir)));
    const up = { do: 'up', counts: {}, host: '127.0.0.1' } as const;
    await expect(sendRequest(socket!, up, () => undefined)).rejects.toMatchObject({ code: 'other_fleet' });
  });

  it('are replaced when their supervisor was killed, its dead socket and its lock in nobody’s way', async () => {
    const first = await hold();
    const killed = endpoint().pid;
    process.kill(killed, 'SIGKILL');
    const next = await hold();
    expect(endpoint().pid).not.toBe(killed);
    expect(await listens(next.env.REDIS_URL)).toBe(true);
    // Two Redis on one append-only file would spoil it.
    expect(await Promise.all(Object.values(first.env).map(listens))).toEqual([false, false]);
  });

  it('are started anew when one has died, at the same address', async () => {
    const first = await hold();
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(first.env.REDIS_URL).port) });
    socket.on('error', () => undefined);
    socket.write('SHUTDOWN NOSAVE\r\n');
    await until(async () => !(await listens(first.env.REDIS_URL)), SOON_MS);
    await until(() => listens(first.env.REDIS_URL), SOON_MS);
    expect((await hold()).env).toEqual(first.env);
  });

  it('have the data of Redis from one run to the next', async () => {
    const first = await hold(0);
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(first.env.REDIS_URL).port) });
    socket.write('SET kept yes\r\n');
    await once(socket, 'data');
    socket.destroy();
    const { socket: control } = endpoint();
    await kill(first);
    await untilNothingRuns(Object.values(first.env), control);
    const second = await hold(0);
    const again = connect({ host: '127.0.0.1', port: Number(new URL(second.env.REDIS_URL).port) });
    again.write('GET kept\r\n');
    const [answer] = (await once(again, 'data')) as [Buffer];
    again.destroy();
    expect(answer.toString()).toContain('yes');
  });
});
