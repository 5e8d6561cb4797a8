import { describe, expect, it } from '@jest/globals';
import type { Workspace } from '../workspace.ts';
import { climb } from './climb.ts';
import type { Counts } from './counts.ts';
import type { Rung, Stage } from './rung.ts';
import { chooseRungs } from './rungs.ts';

const counts = (passed: number, failed = 0, skipped = 0): Counts => ({ passed, failed, skipped });

const rung = (name: string, run: (stage: Stage) => Promise<Counts>, parts: Partial<Rung> = {}): Rung => ({
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

function start(rungs: readonly Rung[], { isCi = false, interrupt = new AbortController().signal } = {}) {
  const said: string[] = [];
  const stage = { workspace, projects: [], folder: '.', say: (line: string) => void said.push(line) };
  let nowMs = 0;
  const results = climb(rungs, { stage, interrupt, isCi, nowMs: () => (nowMs += 500) });
  return results.then((all) => ({ said, all: all.map((one) => [one.rung, one.counts, one.tookMs]) }));
}

describe('climb', () => {
  it('goes on after a rung that fails or throws, so that the sum is of all', async () => {
    const { all, said } = await start([
      rung('lint', async () => counts(1, 2)),
      rung('unit', () => Promise.reject(new Error('no such folder'))),
      rung('e2e', async () => counts(3)),
    ]);
    expect(all).toEqual([
      ['lint', counts(1, 2), 500],
      ['unit', counts(0, 1), 500],
      ['e2e', counts(3), 500],
    ]);
    expect(said).toContain('  FAIL  no such folder');
  });

  it('gives each rung its own time limit', async () => {
    const wait = (stage: Stage) =>
      new Promise<Counts>((resolve) => {
        stage.signal.addEventListener('abort', () => resolve(counts(0, 1)));
      });
    const { all } = await start([rung('hangs', wait, { timeLimitMs: 20 }), rung('next', async () => counts(1))]);
    expect(all.map(([name, result]) => [name, result])).toEqual([
      ['hangs', counts(0, 1)],
      ['next', counts(1)],
    ]);
  });

  it('starts no rung after an interrupt, and tells the one that runs', async () => {
    const interrupt = new AbortController();
    const stopped = rung('first', async ({ signal }) => {
      interrupt.abort();
      return counts(signal.aborted ? 1 : 0);
    });
    const { all } = await start([stopped, rung('second', async () => counts(1))], { interrupt: interrupt.signal });
    expect(all).toEqual([['first', counts(1), 500]]);
  });

  it.each([
    ['an empty rung', false, counts(0), 1],
    ['a rung of skipped tests only', true, counts(0, 0, 4), 2],
    ['a skip where servers are', true, counts(5, 0, 1), 1],
    ['a skip where none is needed', false, counts(5, 0, 1), 0],
    ['a good rung', true, counts(5), 0],
  ])('fails under CI, and not locally, on %s', async (_name, hasServers, given, failed) => {
    const rungs = [rung('unit', async () => given, { hasServers })];
    const withFaults = { ...given, failed };
    expect((await start(rungs, { isCi: true })).all).toEqual([['unit', withFaults, 500]]);
    expect((await start(rungs, { isCi: false })).all).toEqual([['unit', given, 500]]);
  });

  it.each([
    ['skipped as a whole', counts(0, 0, 4), 0],
    ['that checks nothing and says nothing', counts(0), 1],
    ['that runs and fails', counts(3, 1, 2), 1],
  ])('under CI a rung that may lack what it needs, %s', async (_name, given, failed) => {
    const { all } = await start([rung('docker', async () => given, { mayLackAll: true })], { isCi: true });
    expect(all).toEqual([['docker', { ...given, failed }, 500]]);
  });
});

describe('chooseRungs', () => {
  const all = ['lint', 'walls', 'unit', 'e2e'].map((name) => rung(name, async () => counts(1)));
  const names = (options: { only?: string; from?: string }) => chooseRungs(all, options).map(({ name }) => name);

  it('takes all, a list in the order of the ladder, or all from one on', () => {
    expect(names({})).toEqual(['lint', 'walls', 'unit', 'e2e']);
    expect(names({ only: 'unit,lint' })).toEqual(['lint', 'unit']);
    expect(names({ from: 'unit' })).toEqual(['unit', 'e2e']);
  });

  it('refuses a name it does not know, with those it does', () => {
    expect(() => names({ only: 'unit,typo' })).toThrow('no such rung: typo; there are lint, walls, unit, e2e');
    expect(() => names({ from: 'typo' })).toThrow('no such rung: typo');
  });
});
