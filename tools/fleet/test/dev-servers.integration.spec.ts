import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@nestfleet/timing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { devServersPaths } from '../src/dev-servers/paths.ts';
import type { DaemonEndpoint } from '../src/dev-servers/protocol.ts';

/** Longer than a slow machine takes for one step; nothing here waits for it where all is well. */
const SOON_MS = 30_000;

interface Holder {
  child: ChildProcess;
  env: { REDIS_URL: string; CONSUL_HTTP_ADDR: string };
}

let dir: string;
const children: ChildProcess[] = [];

/** A process with a reference, as `nx serve` is one. The run's own servers are hidden from it. */
async function hold(lingerMs = 500): Promise<Holder> {
  const { REDIS_URL: _redis, CONSUL_HTTP_ADDR: _consul, ...env } = process.env;
  const child = spawn(process.execPath, [join(import.meta.dirname, 'reference-holder.ts'), dir, String(lingerMs)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
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

const daemonPid = (): number => (JSON.parse(readFileSync(devServersPaths(dir).endpoint, 'utf8')) as DaemonEndpoint).pid;

async function untilNothingRuns(urls: readonly string[]): Promise<void> {
  const paths = devServersPaths(dir);
  await until(() => !existsSync(paths.endpoint) && !existsSync(paths.socket), SOON_MS);
  await until(async () => !(await Promise.all(urls.map(listens))).some(Boolean), SOON_MS);
}

describe('the daemon of the dev servers', () => {
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'dev-servers-spec-'));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await until(() => !existsSync(devServersPaths(dir).endpoint), SOON_MS);
    rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  it('shares one Redis and one Consul between two that start at the same time, until both are killed', async () => {
    const [first, second] = await Promise.all([hold(), hold()]);
    expect(second.env).toEqual(first.env);
    const urls = Object.values(first.env);

    await kill(first);
    // Longer than the linger: were the first the owner, its servers would be gone by now.
    const stays = until(() => !existsSync(devServersPaths(dir).endpoint), 1_500);
    await expect(stays).rejects.toThrow('did not hold within 1500 ms');
    expect(await Promise.all(urls.map(listens))).toEqual([true, true]);

    await kill(second);
    await untilNothingRuns(urls);
  });

  it('is not a child of whoever started it', async () => {
    const holder = await hold();
    const status = existsSync('/proc/self/status') ? readFileSync(`/proc/${daemonPid()}/status`, 'utf8') : 'PPid:\t1\n';
    expect(status).not.toContain(`PPid:\t${String(holder.child.pid)}\n`);
    expect(status).not.toContain(`PPid:\t${process.pid}\n`);
  });

  it('is replaced when it was killed, its dead socket and its lock in nobody’s way', async () => {
    const first = await hold();
    const killed = daemonPid();
    process.kill(killed, 'SIGKILL');
    const next = await hold();
    expect(daemonPid()).not.toBe(killed);
    expect(await listens(next.env.REDIS_URL)).toBe(true);
    // Two Redis on one append-only file would spoil it.
    expect(await Promise.all(Object.values(first.env).map(listens))).toEqual([false, false]);
  });

  it('starts a server anew for the next reference when it had died', async () => {
    const first = await hold();
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(first.env.REDIS_URL).port) });
    socket.on('error', () => undefined);
    socket.write('SHUTDOWN NOSAVE\r\n');
    await until(async () => !(await listens(first.env.REDIS_URL)), SOON_MS);
    // It listens no longer before it has ended, and only an ended one is started anew.
    await until(() => readFileSync(devServersPaths(dir).log, 'utf8').includes('redis ended by itself'), SOON_MS);
    const second = await hold();
    expect(await listens(second.env.REDIS_URL)).toBe(true);
    expect(second.env.CONSUL_HTTP_ADDR).toBe(first.env.CONSUL_HTTP_ADDR);
  });

  it('keeps the data of Redis from one run to the next', async () => {
    const first = await hold(0);
    const socket = connect({ host: '127.0.0.1', port: Number(new URL(first.env.REDIS_URL).port) });
    socket.write('SET kept yes\r\n');
    await once(socket, 'data');
    socket.destroy();
    await kill(first);
    await untilNothingRuns(Object.values(first.env));
    const second = await hold(0);
    const again = connect({ host: '127.0.0.1', port: Number(new URL(second.env.REDIS_URL).port) });
    again.write('GET kept\r\n');
    const [answer] = (await once(again, 'data')) as [Buffer];
    again.destroy();
    expect(answer.toString()).toContain('yes');
  });
});
