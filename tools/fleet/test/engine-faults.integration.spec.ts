import { afterEach, describe, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FixtureFleet, processesOf } from './fixture-fleet.ts';

/** Longer than a slow machine takes for one step; nothing here waits for it where all is well. */
const SOON_MS = 30_000;
const small = ['--port=0', '--api=2', '--worker=0'];
const fleets: FixtureFleet[] = [];

function fleetWith(env: NodeJS.ProcessEnv = {}, dir?: string): FixtureFleet {
  const fleet = new FixtureFleet(env, dir);
  fleets.push(fleet);
  return fleet;
}

afterEach(async () => {
  for (const fleet of fleets.splice(0)) await fleet.dispose();
}, 60_000);

/** How `up` ended and what it left; a supervisor has a moment to go after its answer. */
async function outcomeOf(fleet: FixtureFleet, args: readonly string[] = small) {
  const { code, text } = await fleet.run('up', ...args);
  await until(() => processesOf(fleet.dir).length === 0, SOON_MS).catch(() => undefined);
  return { code, text, left: processesOf(fleet.dir), hasState: fleet.hasState };
}

const failure = (words: RegExp) => ({ code: 1, text: expect.stringMatching(words), left: [], hasState: false });

describe('`up` ends with a clear message and nothing left running', () => {
  it('when the port is in use', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    try {
      const words = new RegExp(`port ${port} is in use by pid ${process.pid}.*make up PORT=`);
      expect(await outcomeOf(fleetWith(), [`--port=${port}`])).toEqual(failure(words));
    } finally {
      taken.close();
    }
  });

  it('when the public address is not of this machine', async () => {
    const fleet = fleetWith({ PUBLIC_HOST: '192.0.2.1' });
    expect(await outcomeOf(fleet)).toEqual(failure(/cannot listen on 192\.0\.2\.1/));
  });

  it('when a replica crashes again and again', async () => {
    const words = /api-2 did not get ready: ended with code 3 \(3 times.*\n.*the fixture crashes/;
    expect(await outcomeOf(fleetWith({ FIXTURE: 'api-2:crash' }))).toEqual(failure(words));
  });

  it('when the settings of a replica are wrong, at once', async () => {
    expect(await outcomeOf(fleetWith({ FIXTURE: 'gateway-1:config' }))).toEqual(
      failure(/gateway-1 did not get ready: ended with code 78/),
    );
  });

  it('when a replica never gets ready', async () => {
    // The same bound is for Consul, which takes seconds on a slow machine.
    const fleet = fleetWith({ FIXTURE: 'api-1:mute', STACK_READY_WITHIN_MS: '10000' });
    expect(await outcomeOf(fleet)).toEqual(failure(/api-1 did not get ready: was not ready within 10 s/));
  });

  it('when a server is missing', async () => {
    expect(await outcomeOf(fleetWith({ NESTFLEET_CONSUL: '/nowhere/consul' }))).toEqual(failure(/\/nowhere\/consul/));
  });

  it('when a server does not start', async () => {
    expect(await outcomeOf(fleetWith({ STACK_READY_WITHIN_MS: '100' }))).toEqual(
      failure(/did not get ready: was not ready within 0.1 s/),
    );
  });

  it('when an app is not built', async () => {
    expect(await outcomeOf(fleetWith({ STACK_APPS_DIR: tmpdir() }))).toEqual(failure(/not built: .*api.main\.js/));
  });

  it('when it is given up (Ctrl-C)', async () => {
    const fleet = fleetWith({ FIXTURE: 'api-1:mute' });
    const cli = join(import.meta.dirname, '../src/cli.ts');
    const env = { ...process.env, NODE_OPTIONS: '', STACK_DIR: fleet.dir, FIXTURE: 'api-1:mute', ENGINE: 'local' };
    const up = spawn(process.execPath, [cli, 'up', ...small], {
      env: { ...env, STACK_APPS_DIR: fleet.appsDir },
      stdio: 'ignore',
    });
    await until(() => fleet.hasState && fleet.names('api').includes('api-1'), SOON_MS);
    up.kill('SIGINT');
    await until(() => processesOf(fleet.dir).length === 0, SOON_MS);
    expect(fleet.hasState).toBe(false);
  });
});

it('a fleet has no owner that has ended', async () => {
  const { pid } = spawnSync('true');
  expect(await outcomeOf(fleetWith({ STACK_OWNER_PID: String(pid) }))).toEqual(failure(/STACK_OWNER_PID=\d+ is no/));
});

it('a fleet ends with the process that owns it, however that ends', async () => {
  const owner = spawn('sleep', ['600'], { stdio: 'ignore' });
  const fleet = fleetWith({ STACK_OWNER_PID: String(owner.pid) });
  await fleet.must('up', ...small);
  expect(processesOf(fleet.dir).length).toBeGreaterThan(3);
  owner.kill('SIGKILL');
  await until(() => processesOf(fleet.dir).length === 0, SOON_MS);
  expect(fleet.hasState).toBe(false);
});

const mayMount = process.platform === 'linux' && process.getuid?.() === 0;
if (!mayMount) console.warn('THE FULL DISK IS NOT TESTED: only root can mount a small one');

(mayMount ? describe : describe.skip)('a full disk', () => {
  it.each([
    ['from the beginning', '1m', {}, /the disk of .* is full: \d MB free, 64 MB are needed/],
    ['later', '70m', { FIXTURE: 'api-1:fill' }, /the disk of .* is full: /],
  ])('%s ends `up`', async (_, size, env, words) => {
    const dir = mkdtempSync(join(tmpdir(), 'nestfleet-full-'));
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir]);
    if (mounted.status !== 0) {
      rmSync(dir, { recursive: true });
      console.warn(`THE FULL DISK IS NOT TESTED: ${mounted.stderr.toString()}`);
      return;
    }
    try {
      expect(await outcomeOf(fleetWith(env, dir))).toEqual(failure(words));
    } finally {
      await until(() => spawnSync('umount', [dir]).status === 0, SOON_MS);
      rmSync(dir, { recursive: true });
    }
  });
});

describe('`scale`', () => {
  it('takes back what does not get ready, and leaves the fleet as it was', async () => {
    const fleet = fleetWith({ FIXTURE: 'api-3:crash' });
    await fleet.must('up', ...small);
    const before = fleet.pids();
    const { code, text } = await fleet.run('scale', '--count=3');
    expect({ code, text }).toEqual({ code: 1, text: expect.stringMatching(/api-3 did not get ready/) });
    expect(fleet.pids()).toEqual(before);
  });

  it('needs a fleet', async () => {
    const { code, text } = await fleetWith().run('scale', '--count=3');
    expect({ code, text }).toEqual({ code: 1, text: expect.stringContaining('no fleet is up here: make up') });
  });
});

describe('`restart`', () => {
  it('ends with the first one that does not get ready; the old ones stay, as if nothing had been', async () => {
    const fleet = fleetWith();
    await fleet.must('up', ...small);
    const before = fleet.pids();
    writeFileSync(join(fleet.appsDir, 'api/main.js'), 'process.exit(1);\n');
    const { code, text } = await fleet.run('restart', '--service=api');
    expect({ code, text }).toEqual({ code: 1, text: expect.stringMatching(/api-1 did not get ready/) });
    expect(fleet.pids()).toEqual(before);
    expect(fleet.replicas('api').map(({ state }) => state)).toEqual(['ready', 'ready']);
  });
});

describe('the supervisor', () => {
  it('takes SIGTERM as `down`', async () => {
    const fleet = fleetWith();
    await fleet.must('up', ...small);
    process.kill(fleet.state.supervisor.pid, 'SIGTERM');
    await until(() => processesOf(fleet.dir).length === 0, SOON_MS);
    expect(fleet.hasState).toBe(false);
  });
});
