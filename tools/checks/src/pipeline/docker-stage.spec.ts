import { afterAll, afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Project, Workspace } from '../workspace.ts';
import { countSuite, dockerStage, failedRows } from './docker-stage.ts';

const stage = dockerStage({
  name: 'docker',
  target: 'docker',
  suiteOf: 'prove',
  timeLimitMs: 60_000,
  balancers: [
    { balancer: 'gateway', mayLack: false },
    { balancer: 'traefik', mayLack: true },
  ],
});

const targets = (name: string) => (name === 'api' ? { build: {} } : { docker: {} });

const noteFailure = (check: string): never => {
  throw new Error(`${check} did not fail`);
};

describe('on a machine without Docker', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nestfleet-stage-'));
  const { PATH } = process.env;
  beforeEach(() => {
    process.env['PATH'] = folder;
  });
  afterEach(() => {
    process.env['PATH'] = PATH;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const runPipeline = async (...names: string[]) => {
    const printed: string[] = [];
    const workspace = { root: folder } as Workspace;
    const projects = names.map(
      (name) => ({ name, manifest: { nx: { targets: targets(name) } } }) as unknown as Project,
    );
    const signal = new AbortController().signal;
    const print = (line: string): unknown => printed.push(line);
    const counts = await stage.run({ workspace, projects, folder, signal, print, noteFailure });
    return { counts, printed: printed.join('\n') };
  };

  it('all of it is skipped, and logged so in capitals', async () => {
    const { counts, printed } = await runPipeline('api', 'fleet', 'prove');
    expect(counts).toEqual({ passed: 0, failed: 0, skipped: 4 });
    expect(printed).toMatch(/NO DOCKER ENGINE .* ARE NOT TESTED\. .*docker/);
  });

  it('the balancers are for the project that has their suite', async () => {
    expect((await runPipeline('fleet')).counts).toEqual({ passed: 0, failed: 0, skipped: 1 });
  });

  it('nothing is printed where other projects were asked for', async () => {
    expect(await runPipeline('api')).toEqual({ counts: { passed: 0, failed: 0, skipped: 0 }, printed: '' });
  });
});

describe('countSuite', () => {
  it.each([
    ['a good run', 'row ok\n12 passed, 0 failed, 1 skipped\n', 0, { passed: 12, failed: 0, skipped: 1 }],
    ['red rows', '12 passed, 2 failed, 0 skipped\n', 1, { passed: 12, failed: 2, skipped: 0 }],
    ['a bad end after good rows', '12 passed, 0 failed, 0 skipped\n', 1, { passed: 12, failed: 1, skipped: 0 }],
    ['an end by the time limit', 'row ok\n', null, { passed: 0, failed: 1, skipped: 0 }],
    ['no word at all', '', 0, { passed: 0, failed: 1, skipped: 0 }],
  ])('%s', (_name, printed, code, counts) => {
    expect(countSuite(printed, code)).toEqual(counts);
  });
});

it('failedRows names the rows that failed, and none of the others', () => {
  const printed =
    'passed   session   14 assertions   0.2 s  one failed before\n' +
    'Failed to resolve it   x\nFAILED   kill       6 assertions   9.1 s  a replica is killed\n  FAILED   scale  3 assertions  1 s  x\n' +
    '1 passed, 2 failed, 0 skipped\n';
  expect(failedRows(printed)).toEqual(['kill', 'scale']);
});
