import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isRunning } from '../src/process/identity.ts';
import { defaultCounts } from '../src/core/services.ts';
import { namesOfFleet } from './expected-names.ts';
import { FixtureFleet, ask, processesOf } from './fixture-fleet.ts';

/** Longer than a slow machine takes for one step; nothing here waits for it where all is well. */
const SOON_MS = 30_000;
const fleet = new FixtureFleet();
afterAll(() => fleet.dispose(), 60_000);

describe('a fleet', () => {
  let first = '';
  beforeAll(async () => {
    first = await fleet.must('up', '--port=0', '--worker=1');
  }, 60_000);

  it('is ready when `up` returns, and says where', async () => {
    const url = fleet.state.public_url ?? '';
    expect(first).toContain(`http://localhost:${new URL(url).port}/`);
    const replicas = fleet.state.replicas.map(({ name, state }) => `${name} ${state}`);
    expect(replicas.toSorted()).toEqual(namesOfFleet({ ...defaultCounts, worker: 1 }).map((name) => `${name} ready`));
    expect((await ask(url)).served_by).toBe('gateway-1');
    expect(fleet.replicas('api').every(({ ports }) => (ports.http ?? 0) > 0)).toBe(true);
  });

  it('gives each replica secrets that only their owner can read, and production', async () => {
    const [replica] = fleet.replicas('api');
    const { env } = await ask(`http://127.0.0.1:${replica?.ports.http}/`);
    expect(env['SESSION_KEYS']?.length).toBeGreaterThanOrEqual(32);
    expect(env).toMatchObject({ NODE_ENV: 'production', SLOT: '1', INSTANCE_NAME: 'api-1', HOST: '127.0.0.1' });
    expect(env['CONSUL_HTTP_ADDR']).toBe(fleet.state.servers.find(({ name }) => name === 'consul')?.url);
    expect(statSync(join(fleet.dir, 'secrets.json')).mode & 0o077).toBe(0);
  });

  it('is not touched by a second `up`', async () => {
    const before = fleet.pids();
    expect(await fleet.must('up')).toContain('was up');
    expect(fleet.pids()).toEqual(before);
  });

  it('refuses a second `up` on another port and stays', async () => {
    const before = fleet.pids();
    const { code, text } = await fleet.run('up', '--port=1');
    expect({ code, text }).toEqual({ code: 1, text: expect.stringMatching(/is up on port \d+; make down first/) });
    expect(fleet.pids()).toEqual(before);
  });

  it('scales up and down, the highest slots first', async () => {
    await fleet.must('scale', '--count=5');
    expect(fleet.names('api')).toEqual(['api-1', 'api-2', 'api-3', 'api-4', 'api-5']);
    await fleet.must('scale', '--count=2');
    expect(fleet.names('api')).toEqual(['api-1', 'api-2']);
    await fleet.must('up', '--worker=2');
    expect(fleet.names('worker')).toEqual(['worker-1', 'worker-2']);
  });

  it('restarts replica by replica in their slots: the new one is ready before the old one leaves', async () => {
    const before = fleet.replicas('api');
    let readyMin = Infinity;
    let over = false;
    const watched = until(() => {
      readyMin = Math.min(readyMin, fleet.replicas('api').filter(({ state }) => state === 'ready').length);
      return over;
    }, 2 * SOON_MS);
    await fleet.must('restart', '--service=api');
    over = true;
    await watched;
    const after = fleet.replicas('api');
    expect(after.map(({ name, slot }) => `${name} ${slot}`)).toEqual(['api-1 1', 'api-2 2']);
    expect(after.filter(({ pid }) => before.some((old) => old.pid === pid))).toEqual([]);
    expect(processesOf(fleet.dir).filter((pid) => before.some((old) => old.pid === pid))).toEqual([]);
    expect(readyMin).toBe(2);
  });

  it('brings back what is killed: same name, same slot, another process', async () => {
    const [victim] = fleet.replicas('api');
    process.kill(victim?.pid ?? 0, 'SIGKILL');
    const back = await until(
      () =>
        fleet
          .replicas('api')
          .find(({ pid, name, state }) => name === 'api-1' && state === 'ready' && pid !== victim?.pid),
      SOON_MS,
    );
    expect(back).toMatchObject({ slot: '1', restarts: 1 });
  });

  it('keeps connections waiting while its only gateway is replaced', async () => {
    const [gateway] = fleet.replicas('frontend-gateway');
    const identity = { pid: gateway?.pid ?? 0, startedAtMs: gateway?.started_at_ms ?? 0 };
    process.kill(identity.pid, 'SIGKILL');
    await until(() => !isRunning(identity), SOON_MS);
    const { pid } = await ask(fleet.state.public_url ?? '');
    expect(pid).not.toBe(gateway?.pid);
  });

  it('lets two gateways share the one public port, and loses nothing when one leaves', async () => {
    await fleet.must('scale', '--service=gateway', '--count=2');
    const url = fleet.state.public_url ?? '';
    // Who accepts is the kernel's choice: one may get all connections of a burst.
    const seen = new Set<string>();
    await until(async () => seen.add((await ask(url)).served_by).size === 2, SOON_MS);
    expect(seen).toEqual(new Set(['gateway-1', 'gateway-2']));
    const [, flood] = await Promise.all([
      fleet.must('scale', '--service=gateway', '--count=1'),
      Promise.all(
        Array.from({ length: 100 }, async (_, index) => {
          await new Promise((resolve) => setTimeout(resolve, index * 5));
          return ask(url);
        }),
      ),
    ]);
    expect(flood).toHaveLength(100);
  });

  it('keeps a stopped server stopped, and brings it back where it was with its data', async () => {
    await fleet.redis('SET kept yes');
    const redis = fleet.state.servers.find(({ name }) => name === 'redis');
    await fleet.must('stop-server', '--server=redis');
    expect(fleet.state.servers.map(({ name }) => name)).toEqual(['consul']);
    await fleet.must('start-server', '--server=redis');
    expect(fleet.state.servers.find(({ name }) => name === 'redis')?.url).toBe(redis?.url);
    expect(await fleet.redis('GET kept')).toBe('yes');
  });

  it('brings a crashed Consul back on the same port', async () => {
    const consul = fleet.state.servers.find(({ name }) => name === 'consul');
    process.kill(consul?.pid ?? 0, 'SIGKILL');
    const back = await until(async () => {
      const now = fleet.state.servers.find(({ name }) => name === 'consul');
      return now?.pid !== consul?.pid && (await fetch(`${consul?.url}/v1/status/leader`)).ok && now;
    }, SOON_MS);
    expect(back).toMatchObject({ url: consul?.url });
  });

  it('shows and keeps what its processes say', async () => {
    expect(await fleet.must('ps')).toMatch(/api-1 +ready/);
    expect(await fleet.must('logs', '--of=api')).toMatch(/api-1 +\| .*service\.ready/);
    expect(JSON.parse(await fleet.must('ps', '--json'))).toEqual(fleet.state);
  });

  it('leaves nothing running after `down`, and keeps the data for the next `up`', async () => {
    await fleet.redis('SET kept still');
    const secrets = await readFile(join(fleet.dir, 'secrets.json'), 'utf8');
    await fleet.must('down');
    expect(processesOf(fleet.dir)).toEqual([]);
    expect(fleet.hasState).toBe(false);
    expect(await fleet.must('down')).toContain('no fleet is up');

    await fleet.must('up', '--port=0', '--api=1', '--worker=0');
    expect(await fleet.redis('GET kept')).toBe('still');
    expect(await readFile(join(fleet.dir, 'secrets.json'), 'utf8')).toBe(secrets);
  }, 60_000);

  it('runs beside the fleet of another clone', async () => {
    const other = new FixtureFleet();
    try {
      await other.must('up', '--port=0', '--api=1', '--worker=0');
      expect(other.state.public_url).not.toBe(fleet.state.public_url);
      expect((await ask(other.state.public_url ?? '')).pid).toBe(other.replicas('frontend-gateway')[0]?.pid);
    } finally {
      await other.dispose();
    }
    expect(await fleet.must('ps')).toMatch(/api-1 +ready/);
  }, 60_000);

  it('is ended by the next `up` when its supervisor was killed, by pid and start time', async () => {
    const { supervisor, replicas, servers } = fleet.state;
    process.kill(supervisor.pid, 'SIGKILL');
    expect(await fleet.must('ps')).toContain('the supervisor was killed');
    expect(await fleet.must('up', '--port=0', '--api=1', '--worker=0')).toContain('the last supervisor was killed');
    const old = [supervisor, ...replicas, ...servers].map(({ pid }) => pid);
    const running = new Set(processesOf(fleet.dir));
    expect(old.filter((pid) => running.has(pid))).toEqual([]);
    expect(await fleet.redis('GET kept')).toBe('still');
  }, 60_000);

  it('leaves by itself when its supervisor is killed; `down` ends the servers', async () => {
    const { supervisor, replicas } = fleet.state;
    process.kill(supervisor.pid, 'SIGKILL');
    await until(() => replicas.every(({ pid }) => !processesOf(fleet.dir).includes(pid)), SOON_MS);
    expect(await fleet.must('down')).toContain('down');
    expect(processesOf(fleet.dir)).toEqual([]);
  }, 60_000);

  it('has nothing left after `clean`', async () => {
    await fleet.must('up', '--port=0', '--api=1', '--worker=0');
    await fleet.must('clean');
    expect(processesOf(fleet.dir)).toEqual([]);
    expect(() => statSync(fleet.dir)).toThrow('ENOENT');
  }, 60_000);
});
