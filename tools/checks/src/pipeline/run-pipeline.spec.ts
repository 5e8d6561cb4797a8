import { describe, expect, it } from '@jest/globals';
import type { Workspace } from '../workspace.ts';
import { runPipeline } from './run-pipeline.ts';
import type { Counts } from './counts.ts';
import type { Stage, StageContext } from './stage.ts';
import { chooseStages } from './stages.ts';

const counts = (passed: number, failed = 0, skipped = 0): Counts => ({ passed, failed, skipped });

const stage = (name: string, run: (context: StageContext) => Promise<Counts>, parts: Partial<Stage> = {}): Stage => ({
  name,
  timeLimitMs: 60_000,
  hasServers: false,
  ...parts,
  run,
});

const workspace: Workspace = {
  root: '.',
  files: [],
  projects: [],
  modules: 'node_modules',
  dist: 'dist',
  exists: () => false,
  read: () => '',
};

function start(stages: readonly Stage[], { isCi = false, interrupt = new AbortController().signal } = {}) {
  const printed: string[] = [];
  const failures: string[] = [];
  const context = {
    workspace,
    projects: [],
    folder: '.',
    print: (line: string) => void printed.push(line),
    noteFailure: (check: string) => void failures.push(check),
  };
  let nowMs = 0;
  const results = runPipeline(stages, { context, interrupt, isCi, nowMs: () => (nowMs += 500) });
  return results.then((all) => ({ printed, failures, all: all.map((one) => [one.stage, one.counts, one.tookMs]) }));
}

describe('runPipeline', () => {
  it('goes on after a stage that fails or throws, so that the sum is of all', async () => {
    const { all, printed, failures } = await start([
      stage('lint', async () => counts(1, 2)),
      stage('unit', () => Promise.reject(new Error('no such folder'))),
      stage('e2e', async () => counts(3)),
    ]);
    expect(all).toEqual([
      ['lint', counts(1, 2), 500],
      ['unit', counts(0, 1), 500],
      ['e2e', counts(3), 500],
    ]);
    expect(printed).toContain('  FAIL  no such folder');
    expect(failures).toEqual(['unit: no such folder']);
  });

  it('gives each stage its own time limit', async () => {
    const wait = (context: StageContext) =>
      new Promise<Counts>((resolve) => {
        context.signal.addEventListener('abort', () => resolve(counts(0, 1)));
      });
    const { all } = await start([stage('hangs', wait, { timeLimitMs: 20 }), stage('next', async () => counts(1))]);
    expect(all.map(([name, result]) => [name, result])).toEqual([
      ['hangs', counts(0, 1)],
      ['next', counts(1)],
    ]);
  });

  it('starts no stage after an interrupt, and tells the one that runs', async () => {
    const interrupt = new AbortController();
    const stopped = stage('first', async ({ signal }) => {
      interrupt.abort();
      return counts(signal.aborted ? 1 : 0);
    });
    const { all } = await start([stopped, stage('second', async () => counts(1))], { interrupt: interrupt.signal });
    expect(all).toEqual([['first', counts(1), 500]]);
  });

  it.each([
    ['an empty stage', false, counts(0), 1],
    ['a stage of skipped tests only', true, counts(0, 0, 4), 2],
    ['a skip where servers are', true, counts(5, 0, 1), 1],
    ['a skip where none is needed', false, counts(5, 0, 1), 0],
    ['a good stage', true, counts(5), 0],
  ])('fails under CI, and not locally, on %s', async (_name, hasServers, given, failed) => {
    const stages = [stage('unit', async () => given, { hasServers })];
    const withFaults = { ...given, failed };
    const underCi = await start(stages, { isCi: true });
    expect(underCi.all).toEqual([['unit', withFaults, 500]]);
    expect(underCi.failures).toHaveLength(failed);
    expect(await start(stages, { isCi: false })).toMatchObject({ all: [['unit', given, 500]], failures: [] });
  });

  it.each([
    ['skipped as a whole', counts(0, 0, 4), 0],
    ['that checks nothing and says nothing', counts(0), 1],
    ['that runs and fails', counts(3, 1, 2), 1],
  ])('under CI a stage that may lack what it needs, %s', async (_name, given, failed) => {
    const { all } = await start([stage('docker', async () => given, { mayLackAll: true })], { isCi: true });
    expect(all).toEqual([['docker', { ...given, failed }, 500]]);
  });
});

describe('chooseStages', () => {
  const all = ['lint', 'checks', 'unit', 'e2e'].map((name) => stage(name, async () => counts(1)));
  const names = (options: { only?: string; from?: string }) => chooseStages(all, options).map(({ name }) => name);

  it('takes all, a list in the order of the pipeline, or all from one on', () => {
    expect(names({})).toEqual(['lint', 'checks', 'unit', 'e2e']);
    expect(names({ only: 'unit,lint' })).toEqual(['lint', 'unit']);
    expect(names({ from: 'unit' })).toEqual(['unit', 'e2e']);
  });

  it('refuses a name it does not know, with those it does', () => {
    expect(() => names({ only: 'unit,typo' })).toThrow('no such stage: typo; there are lint, checks, unit, e2e');
    expect(() => names({ from: 'typo' })).toThrow('no such stage: typo');
  });
});
