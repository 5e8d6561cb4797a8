import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '@nestfleet/timing';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

/** Longer than a slow machine takes for one step; nothing here waits for it where all is well. */
const SOON_MS = 30_000;
const program = join(import.meta.dirname, '../src/with-servers.ts');

describe('with-servers', () => {
  let temporary: string;
  const children: ChildProcess[] = [];
  beforeEach(() => {
    temporary = mkdtempSync(join(tmpdir(), 'ws-'));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await until(() => left().length === 0, SOON_MS);
    rmSync(temporary, { recursive: true, force: true });
  });

  /** Nothing of a run may stay: its folder and its socket lie in TMPDIR. */
  const left = (): string[] => readdirSync(temporary).filter((name) => name.startsWith('nestfleet-'));

  const start = (command: readonly string[], more: NodeJS.ProcessEnv = {}) => {
    const { REDIS_URL: _redis, CONSUL_HTTP_ADDR: _consul, ...env } = process.env;
    const child = spawn(process.execPath, [program, ...command], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...env, TMPDIR: temporary, ...more },
    });
    children.push(child);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
    return { child, said: () => said, ended: once(child, 'close') as Promise<[number | null]> };
  };

  it('gives the command a Redis and a Consul, passes its exit code on and leaves nothing', async () => {
    const ask =
      'node -e "fetch(process.env.CONSUL_HTTP_ADDR + \'/v1/status/leader\').then((r) => r.text()).then(console.log)"';
    const run = start([
      'sh',
      '-c',
      `test -x "$NESTFLEET_REDIS_SERVER" -a -x "$NESTFLEET_CONSUL" && echo $REDIS_URL && ${ask}; exit 7`,
    ]);
    expect((await run.ended)[0]).toBe(7);
    expect(run.said()).toMatch(/redis:\/\/127\.0\.0\.1:\d+\n"127\.0\.0\.1:\d+"/);
    expect(left()).toEqual([]);
  });

  it('uses servers that are named already and starts none', async () => {
    const named = { REDIS_URL: 'redis://192.0.2.1:1', CONSUL_HTTP_ADDR: 'http://192.0.2.1:2' };
    const run = start(['sh', '-c', 'echo $REDIS_URL $CONSUL_HTTP_ADDR'], named);
    expect((await run.ended)[0]).toBe(0);
    expect(run.said()).toContain('redis://192.0.2.1:1 http://192.0.2.1:2');
  });

  it('passes a signal on and says how the command ended', async () => {
    const run = start(['sh', '-c', 'trap "echo told; exit 9" TERM; echo ready; while :; do sleep 0.1; done']);
    await until(() => run.said().includes('ready'), SOON_MS);
    run.child.kill('SIGTERM');
    expect((await run.ended)[0]).toBe(9);
    expect(run.said()).toContain('told');
    expect(left()).toEqual([]);
  });

  it('leaves nothing when it is killed', async () => {
    // Nobody ends the command: it goes with its folder.
    const run = start(['sh', '-c', 'echo ready; while [ -e "$TMPDIR" ]; do sleep 0.1; done']);
    await until(() => run.said().includes('ready'), SOON_MS);
    expect(left()).not.toEqual([]);
    run.child.kill('SIGKILL');
    await until(() => left().length === 0, SOON_MS);
    expect(existsSync(temporary)).toBe(true);
  });

  it('ends with 69 where a server can be had neither here nor elsewhere', async () => {
    const nowhere = { PATH: temporary, XDG_CACHE_HOME: temporary, NESTFLEET_REDIS_SERVER: '' };
    const run = start(['true'], { ...nowhere, NESTFLEET_REDIS_FLAVOUR: 'valkey' });
    expect((await run.ended)[0]).toBe(69);
    expect(run.said()).toContain('valkey-server is not on PATH and could not be fetched');
  });

  it('a command that does not exist is a fault', async () => {
    const run = start(['no-such-command']);
    expect((await run.ended)[0]).toBe(1);
    expect(run.said()).toContain('ENOENT');
    expect(left()).toEqual([]);
  });
});
