import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { endWithOwner } from '@nestfleet/timing/testing';
import { type State, openState, withStateBudget } from '../src/index.ts';
import type { Lease } from '../src/leases/leases.ts';
import { WITHIN_MS, describeWith, ownNamespace } from './servers.ts';

const TTL_MS = 2_000;
const LONG = { ttlMs: 60_000 };
const tokenOf = async ({ fencingToken }: Lease) => fencingToken;
const abortOf = ({ signal }: Lease) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

interface Line {
  readonly token?: number;
  readonly error?: string;
}

const tokenSaid = (lines: readonly Line[]): Promise<number> => until(() => lines[0]?.token ?? 0, WITHIN_MS);

/** Blocks this process: no timer and no socket gets a turn. */
function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describeWith('NESTFLEET_REDIS_SERVER', 'leases over Redis', () => {
  let server: RedisServer;
  let namespace: string;
  let one: State;
  let two: State;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    server = await startRedisServer();
    namespace = ownNamespace();
    const options = { redisUrl: server.url, namespace, commandTimeoutMs: 1_000 };
    [one, two] = [openState(options), openState(options)];
    await Promise.all([one.ready(), two.ready()]);
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    await Promise.all([one?.close(), two?.close()]);
    await server?.stop();
  });

  /** A process of its own that holds the lease `one`, and the lines that it says. */
  function holder(ttlMs: number) {
    const file = join(import.meta.dirname, 'lease-holder.ts');
    const child = spawn(process.execPath, [file, server.url, namespace, `${ttlMs}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    endWithOwner(child);
    children.push(child);
    const lines: Line[] = [];
    createInterface(child.stdout).on('line', (line) => lines.push(JSON.parse(line) as Line));
    return { child, lines };
  }

  const freeSoon = (names: readonly string[]): Promise<number[]> =>
    Promise.all(names.map((name) => until(() => two.leases.hold(name, LONG, tokenOf), WITHIN_MS)));

  it('is renewed for as long as the work takes, many times its lifetime', async () => {
    await one.leases.hold('one', { ttlMs: 1_500 }, async (lease) => {
      const endMs = performance.now() + 4_000;
      while (performance.now() < endMs) {
        await expect(two.leases.hold('one', LONG, tokenOf)).rejects.toMatchObject({ code: 'lease_held' });
        expect(lease.signal.aborted).toBe(false);
      }
    });
    expect(await two.leases.hold('one', LONG, tokenOf)).toBeGreaterThan(0);
  });

  it('is renewed and released also when the budget of the request that took it is used up', async () => {
    await withStateBudget(300, () =>
      one.leases.hold('one', { ttlMs: 1_500 }, async (lease) => {
        const endMs = performance.now() + 4_000;
        await until(() => performance.now() > endMs, WITHIN_MS);
        expect(lease.signal.aborted).toBe(false);
        await until(
          () =>
            one.values.get('k').then(
              () => false,
              ({ code }) => code === 'state_unavailable',
            ),
          WITHIN_MS,
        );
      }),
    );
    expect(await two.leases.hold('one', LONG, tokenOf)).toBeGreaterThan(0);
  });

  it('that Redis hangs over is told by our own clock before Redis lets go; the next holder has a higher token', async () => {
    const held = one.leases.hold('one', { ttlMs: TTL_MS }, async (lease) => {
      process.kill(server.pid, 'SIGSTOP');
      // Redis, which is stopped, cannot tell it.
      await abortOf(lease);
      expect(lease.signal.reason).toMatchObject({ code: 'lease_lost' });
      process.kill(server.pid, 'SIGCONT');
      const next = await until(() => two.leases.hold('one', LONG, tokenOf), WITHIN_MS);
      expect(next).toBeGreaterThan(lease.fencingToken);
      return 'what nobody may believe';
    });
    await expect(held).rejects.toMatchObject({ code: 'lease_lost' });
  });

  it('that Redis hangs over for less than its lifetime is held on', async () => {
    await one.leases.hold('one', { ttlMs: 6_000 }, async (lease) => {
      process.kill(server.pid, 'SIGSTOP');
      const endMs = performance.now() + 3_000;
      await until(() => performance.now() > endMs, WITHIN_MS);
      process.kill(server.pid, 'SIGCONT');
      const laterMs = endMs + 4_000;
      await until(() => performance.now() > laterMs, WITHIN_MS);
      expect(lease.signal.aborted).toBe(false);
      await expect(two.leases.hold('one', LONG, tokenOf)).rejects.toMatchObject({ code: 'lease_held' });
    });
  });

  it('that our own event loop stood still over is known to be lost before anything else runs', async () => {
    const held = one.leases.hold('one', { ttlMs: TTL_MS }, async (lease) => {
      expect(lease.signal.aborted).toBe(false);
      stall(TTL_MS + 20);
      expect(lease.signal.aborted).toBe(true);
      // Redis counts from when it was asked, which on a busy machine is later than by our clock.
      const next = await until(() => two.leases.hold('one', LONG, tokenOf), WITHIN_MS);
      expect(next).toBeGreaterThan(lease.fencingToken);
    });
    await expect(held).rejects.toMatchObject({ code: 'lease_lost' });
  });

  it('of a process that stands still goes to another one, and the first finds out when it goes on', async () => {
    const { child, lines } = holder(TTL_MS);
    const token = await tokenSaid(lines);
    await expect(one.leases.hold('one', LONG, tokenOf)).rejects.toMatchObject({ code: 'lease_held' });
    child.kill('SIGSTOP');
    const next = await one.leases.hold('one', { ...LONG, waitMs: 20_000 }, async (lease) => {
      child.kill('SIGCONT');
      expect(await until(() => lines[1], WITHIN_MS)).toEqual({ error: 'lease_lost' });
      await once(child, 'exit');
      // Its late release did not end ours.
      await expect(two.leases.hold('one', LONG, tokenOf)).rejects.toMatchObject({ code: 'lease_held' });
      return lease.fencingToken;
    });
    expect(next).toBeGreaterThan(token);
  });

  it('of a process that was killed goes to another one after its lifetime, not before', async () => {
    const { child, lines } = holder(1_500);
    const token = await tokenSaid(lines);
    child.kill('SIGKILL');
    await expect(one.leases.hold('one', LONG, tokenOf)).rejects.toMatchObject({ code: 'lease_held' });
    expect(await one.leases.hold('one', { ...LONG, waitMs: 20_000 }, tokenOf)).toBeGreaterThan(token);
  });

  it('that was taken without our knowing is undone when Redis answers again', async () => {
    await one.leases.hold('warm', LONG, tokenOf);
    process.kill(server.pid, 'SIGSTOP');
    await expect(one.leases.hold('one', LONG, tokenOf)).rejects.toMatchObject({ code: 'state_outcome_unknown' });
    process.kill(server.pid, 'SIGCONT');
    expect(await until(() => two.leases.hold('one', LONG, tokenOf), WITHIN_MS)).toBeGreaterThan(0);
  });

  it('of which many were taken without our knowing are all undone within 2 s, though the breaker refuses to', async () => {
    const names = Array.from({ length: 6 }, (_none, n) => `many-${n}`);
    await one.leases.hold('warm', LONG, tokenOf);
    process.kill(server.pid, 'SIGSTOP');
    const held = await Promise.allSettled(names.map((name) => one.leases.hold(name, { ttlMs: 600_000 }, tokenOf)));
    for (const each of held) expect(each).toMatchObject({ reason: { code: 'state_outcome_unknown' } });
    process.kill(server.pid, 'SIGCONT');
    await expect(freeSoon(names)).resolves.toHaveLength(names.length);
  });

  it('whose work ended while Redis hung are all released within 2 s', async () => {
    const names = Array.from({ length: 6 }, (_none, n) => `many-${n}`);
    let begun = 0;
    const { promise: end, resolve: endAll } = Promise.withResolvers<void>();
    const work = () => ((begun += 1), end);
    const held = names.map((name) => one.leases.hold(name, { ttlMs: 600_000 }, work));
    await until(() => begun === names.length, WITHIN_MS);
    process.kill(server.pid, 'SIGSTOP');
    // Opens the breaker, so that no release is sent.
    await Promise.allSettled([1, 2, 3].map(() => one.values.get('k')));
    endAll();
    await Promise.all(held);
    process.kill(server.pid, 'SIGCONT');
    await expect(freeSoon(names)).resolves.toHaveLength(names.length);
  });

  it('has tokens that grow also when Redis forgot the last one', async () => {
    const before = await one.leases.hold('one', LONG, tokenOf);
    await server.kill();
    await until(async () => (await one.ping().catch(() => 'unavailable')) === 'unavailable', WITHIN_MS);
    server = await startRedisServer({ port: server.port });
    expect(await until(() => one.leases.hold('one', LONG, tokenOf), WITHIN_MS)).toBeGreaterThan(before);
  });
});
