import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Project, Workspace } from '../workspace.ts';
import { redisStage } from './redis-stage.ts';

const options = { name: 'redis', target: 'integration', projects: ['state'], timeLimitMs: 60_000 };
const whole = redisStage({ ...options, flavours: ['redis8', 'valkey'] });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nestfleet-stage-'));
  mkdirSync(join(folder, 'tools/fleet/src'), { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** @param withServers what fetches a server, in place of the one of the fleet tool */
async function run(withServers: string, names: readonly string[], stage = whole) {
  writeFileSync(join(folder, 'tools/fleet/src/with-servers.ts'), withServers);
  const report = JSON.stringify({
    success: true,
    numPassedTests: 3,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    numRuntimeErrorTestSuites: 0,
  });
  const command = `r() { echo "$NESTFLEET_REDIS_FLAVOUR [$REDIS_URL$NESTFLEET_REDIS_SERVER]" >>ran; for each; do echo '${report}' >"\${each#*=}"; done; }; r`;
  const targets = { integration: { options: { command } } };
  const projects = names.map((name) => ({ name, root: '.', manifest: { nx: { targets } } }) as unknown as Project);
  const printed: string[] = [];
  const failures: string[] = [];
  const counts = await stage.run({
    workspace: { root: folder, files: [] as string[], read: () => '{}' } as unknown as Workspace,
    projects,
    folder,
    signal: new AbortController().signal,
    print: (line) => printed.push(line),
    noteFailure: (check) => failures.push(check),
  });
  return { counts, printed: printed.join('\n'), failures };
}

it('the projects are tested with each server, and with none that the environment names', async () => {
  process.env['REDIS_URL'] = 'redis://192.0.2.1:1';
  const { counts, failures } = await run('', ['state', 'api']).finally(() => delete process.env['REDIS_URL']);
  expect({ counts, failures }).toEqual({ counts: { passed: 6, failed: 0, skipped: 0 }, failures: [] });
  expect(readFileSync(join(folder, 'ran'), 'utf8')).toBe('redis8 []\nvalkey []\n');
});

it('one that cannot be had is skipped, and logged so in capitals with its reason', async () => {
  const { counts, printed } = await run("console.log('no mirror of it'); process.exit(69);", ['state']);
  expect(counts).toEqual({ passed: 0, failed: 0, skipped: 2 });
  expect(printed).toMatch(/no mirror of it[\s\S]*REDIS-VALKEY CANNOT BE HAD HERE/);
});

it('one that was had and does not start has failed', async () => {
  const { counts, failures } = await run('process.exit(1);', ['state']);
  expect(counts).toEqual({ passed: 0, failed: 2, skipped: 0 });
  expect(failures).toEqual(['redis-redis8: its server does not start', 'redis-valkey: its server does not start']);
});

it('nothing is fetched where other projects were asked for', async () => {
  expect(await run('process.exit(1);', ['api'])).toMatchObject({ counts: { passed: 0, failed: 0, skipped: 0 } });
});

it('without servers it is skipped, and says so in capitals', async () => {
  const { counts, printed } = await run('process.exit(1);', ['state'], redisStage({ ...options, flavours: [] }));
  expect(counts).toEqual({ passed: 0, failed: 0, skipped: 1 });
  expect(printed).toContain('REDIS IS RUN BY HAND');
});
