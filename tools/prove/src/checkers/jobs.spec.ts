import { describe, expect, it } from '@jest/globals';
import {
  allCompleted,
  asCompleted,
  flowingAfterMs,
  jobLossWithin,
  linesPerSecond,
  noneTwiceWithin,
  oneAttemptEach,
  onlyPoisonDies,
} from './jobs.ts';

const job = (id: string, state = 'completed', error: string | null = null) => ({ id, text: id, state, error });
const start = (jobId: string, atMs: number) => ({ jobId, atMs, by: 'worker-1' });

describe('jobs that were accepted', () => {
  it.each([
    [[job('a'), job('b')], []],
    [[job('a'), job('b', 'failed', 'no luck')], ['b (b) is failed: no luck']],
    [[job('a', 'waiting')], ['a (a) is waiting']],
    [[], ['none was accepted']],
  ])('are done, or named: %j', (jobs, faults) => expect(allCompleted(jobs).faults).toEqual(faults));
});

it('jobs that are no longer kept are done where their worker has said so', () => {
  const jobs = asCompleted([job('a', 'expired'), job('b', 'expired'), job('c', 'waiting')], new Set(['a', 'c']));
  expect(allCompleted(jobs).faults).toEqual(['b (b) is expired', 'c (c) is waiting']);
});

describe('jobs that were left and given back', () => {
  it.each([
    [[{ ...job('a'), attempts: 1 }], []],
    [[{ ...job('a'), attempts: 2 }], ['a (a) has cost 2']],
    [[], ['none was accepted']],
  ])('have cost no attempt: %j', (jobs, faults) => expect(oneAttemptEach(jobs).faults).toEqual(faults));
});

describe('a job that begins twice', () => {
  it.each([
    [[start('a', 0), start('b', 10), start('a', 2_000)], []],
    [[start('a', 4_000), start('a', 0), start('a', 1_500)], ['a 3 times, 1500 ms apart']],
    [[], ['none began']],
  ])('within the visibility is a fault: %j', (starts, faults) =>
    expect(noneTwiceWithin(starts, 2_000).faults).toEqual(faults),
  );
});

it('jobs flow again with the first that begins afterwards', () => {
  expect(flowingAfterMs([start('a', 900), start('b', 1_700), start('c', 1_400)], 1_000)).toBe(400);
  expect(flowingAfterMs([start('a', 900)], 1_000)).toBeNaN();
});

const lines = (by: string, count: number) => Array.from({ length: count }, (_none, n) => ({ by, atMs: 1_000 + n }));

describe('lines of log', () => {
  const plan = { fromMs: 1_000, toMs: 3_000, most: 5 };

  it('are counted for each process by itself, and only those of the time', () => {
    const seen = linesPerSecond([...lines('a', 10), ...lines('b', 4), { by: 'a', atMs: 9_000 }], plan);
    expect(seen).toMatchObject({ highest: 5, found: { holds: true } });
  });

  it('are too many of one process', () =>
    expect(linesPerSecond([...lines('a', 11), ...lines('b', 1)], plan)).toMatchObject({
      highest: 5.5,
      found: { holds: false },
    }));
});

const isPoison = (text: string) => text === 'poison';

describe('one job that kills its worker', () => {
  const dead = job('poison', 'failed', 'dead_letter: 3 workers died with this job alone');

  it('is a dead letter, and the others are done', () =>
    expect(onlyPoisonDies([job('a'), job('b'), dead], isPoison).faults).toEqual([]));

  it.each([
    [[job('a', 'failed', 'job stalled more than allowable limit'), dead], /a \(a\) is failed/],
    [[job('a'), job('poison', 'failed', 'job stalled more than allowable limit')], /0 of 1 are dead letters/],
    [[job('a'), job('poison')], /0 of 1 are dead letters/],
    [[job('a')], /0 of 0 are dead letters/],
  ])('is blamed alone: %j', (jobs, fault) =>
    expect(onlyPoisonDies(jobs, isPoison).faults).toEqual([expect.stringMatching(fault)]),
  );
});

const acked = (id: string, ackedMs: number, state: string) => ({ ...job(id, state), ackedMs });
const loss = (...jobs: Parameters<typeof jobLossWithin>[0]) =>
  jobLossWithin(jobs, { crashMs: 10_000, downMs: 10_400, windowMs: 1_000 });

describe('jobs of a store that has lost its last writes', () => {
  it('may be gone where they are young', () =>
    expect(
      loss(acked('a', 5_000, 'completed'), acked('b', 10_100, 'gone'), acked('c', 12_000, 'completed')),
    ).toMatchObject({ lost: 1, found: { faults: [] } }));

  it.each([
    [acked('a', 8_900, 'gone'), /a, accepted 1100 ms before it, is gone/],
    [acked('a', 12_000, 'gone'), /a \(a\) is gone/],
    [acked('a', 9_500, 'active'), /a \(a\) is active/],
  ])('may not be %j', (one, fault) =>
    expect(loss(acked('b', 9_000, 'completed'), one).found.faults).toEqual([expect.stringMatching(fault)]),
  );
});
