import { describe, expect, it } from '@jest/globals';
import { oneEntryPerReplica } from './catalog.ts';
import { globalCount, sessionCounts } from './counting.ts';
import { type Finding, bounded } from './finding.ts';
import { answeredWithin, atMostUnknown, noFailure, sentWithin } from './outcomes.ts';
import { operation, visitsWith } from './operation-builders.ts';
import { amplification, recoversWithin, recoveryMs } from './recovery.ts';
import { allServe, quantileMs, shareWithin, shares, silentSince } from './traffic.ts';

/** One text for both: a checker that says "holds" with faults, or fails without one, is wrong too. */
const said = ({ holds, faults }: Finding): string => [...(holds ? ['holds'] : []), ...faults].join('\n');
const passing = (instanceId: string) => ({ instanceId, health: 'passing' as const });
const failed = (atMs: number) => operation({ atMs, outcome: 'fail', reason: '503' });
const many = (count: number, part: Parameters<typeof operation>[0] = {}) =>
  Array.from({ length: count }, (_, at) => operation({ atMs: at * 10, ...part }));

describe('no failure', () => {
  it('holds for good answers', () => expect(said(noFailure(many(3)))).toBe('holds'));
  it.each(['fail', 'unknown'] as const)('finds one that is %s', (outcome) =>
    expect(said(noFailure([...many(3), operation({ atMs: 40, outcome, reason: '503 no_instance' })]))).toMatch(
      /at 40 ms.*no_instance/,
    ),
  );
  it('does not hold for a history of nothing', () => expect(said(noFailure([]))).toMatch(/no request was sent/));
  it('names the first faults, and how many more there are', () =>
    expect(said(noFailure(many(9, { outcome: 'fail' })))).toMatch(/and 4 more/));
});

describe('at most so many unknown', () => {
  const unknown = many(2, { outcome: 'unknown', reason: 'ECONNRESET' });
  it('holds up to the bound', () => expect(said(atMostUnknown([...many(3), ...unknown], 2))).toBe('holds'));
  it('finds one more', () => expect(said(atMostUnknown([...many(3), ...unknown], 1))).toMatch(/2 are unknown/));
  it('finds one that failed, which nobody may excuse', () =>
    expect(said(atMostUnknown(many(1, { outcome: 'fail' }), 5))).toMatch(/fail: visit/));
});

describe('answered in time', () => {
  it('holds for refusals too', () =>
    expect(said(answeredWithin(many(3, { outcome: 'fail', reason: '503' }), 100))).toBe('holds'));
  it('finds a late one', () => expect(said(answeredWithin([operation({ tookMs: 101 })], 100))).toMatch(/101 ms/));
  it('finds one without an answer', () =>
    expect(said(answeredWithin([operation({ reason: 'ECONNRESET' })], 100))).toMatch(/ECONNRESET/));
});

describe('session counts', () => {
  it('hold without a gap, for each session by itself', () =>
    expect(said(sessionCounts([...visitsWith([1, 2, 3]), ...visitsWith([1, 2], 1)]))).toBe('holds'));
  it('may lack what is unknown, done or not', () => {
    expect(said(sessionCounts(visitsWith([1, 'unknown', 2])))).toBe('holds');
    expect(said(sessionCounts(visitsWith([1, 'unknown', 3])))).toBe('holds');
  });
  it('find a count that was given twice', () =>
    expect(said(sessionCounts(visitsWith([1, 2, 2])))).toMatch(/count 2 was given twice/));
  it('find a gap', () => expect(said(sessionCounts(visitsWith([1, 3])))).toMatch(/a gap/));
  it('find that a failed one was counted', () =>
    expect(said(sessionCounts(visitsWith([1, 'fail', 3])))).toMatch(/a gap/));
  it('find lost ones', () => expect(said(sessionCounts(visitsWith([1, 2, 1])))).toMatch(/counted as 2|counts 1 after/));
  it('find that the count goes back', () =>
    expect(said(sessionCounts(visitsWith([2, 1])))).toMatch(/counts 1 after one with 2/));
  it('find another session', () => {
    const [first, second] = visitsWith([1, 2]);
    const other = { ...second!, visit: { session_id: 'other', session_count: 2, global_count: 9 } };
    expect(said(sessionCounts([first!, other]))).toMatch(/2 sessions/);
  });
});

describe('the global count', () => {
  const history = visitsWith([1, 2, 'unknown', 'fail']);
  it.each([
    [10, 12],
    [10, 13],
  ])('from %d to %d holds: acked ≤ final ≤ acked + unknown', (before, after) =>
    expect(said(globalCount(history, before, after))).toBe('holds'),
  );
  it('finds acknowledged visits that are lost', () =>
    expect(said(globalCount(history, 10, 11))).toMatch(/1 acknowledged visits are lost/));
  it('finds one that was counted twice', () =>
    expect(said(globalCount(history, 10, 14))).toMatch(/1 were counted twice/));
  it('finds one number for two visits', () => {
    const [one] = visitsWith([1]);
    expect(said(globalCount([one!, { ...one!, worker: 1 }], 0, 2))).toMatch(/given to two/);
  });
});

describe('entries of the catalog', () => {
  it('hold one for one', () =>
    expect(said(oneEntryPerReplica([passing('a'), passing('b')], ['a', 'b']))).toBe('holds'));
  it('find a missing one', () =>
    expect(said(oneEntryPerReplica([passing('a')], ['a', 'b']))).toMatch(/b has no entry/));
  it('find an orphan', () =>
    expect(said(oneEntryPerReplica([passing('a'), passing('old')], ['a']))).toMatch(/old .* no live replica/));
  it('find one that is there twice', () =>
    expect(said(oneEntryPerReplica([passing('a'), passing('a')], ['a']))).toMatch(/2 entries/));
  it('find one that does not pass', () =>
    expect(said(oneEntryPerReplica([{ instanceId: 'a', health: 'critical' }], ['a']))).toMatch(/a is critical/));
});

describe('traffic', () => {
  const history = [...many(3), ...many(1, { servedBy: 'api-2' }), ...many(4, { outcome: 'fail', servedBy: 'api-3' })];
  it('is shared by good answers', () =>
    expect([...shares(history)]).toEqual([
      ['api-1', 0.75],
      ['api-2', 0.25],
    ]));
  it('is within bounds', () => expect(said(shareWithin(history, 'api-2', { least: 0.2, most: 0.3 }))).toBe('holds'));
  it('is found to be too much or too little', () => {
    expect(said(shareWithin(history, 'api-1', { most: 0.5 }))).toMatch(/75.0 %/);
    expect(said(shareWithin(history, 'api-3', { least: 0.1 }))).toMatch(/0.0 %/);
    expect(said(shareWithin([], 'api-1', {}))).toMatch(/nobody/);
  });
  it('is served by all, or by whom not', () => {
    expect(said(allServe(history, ['api-1', 'api-2']))).toBe('holds');
    expect(said(allServe(history, ['api-3']))).toMatch(/api-3 answers nothing/);
  });
  it('never comes from the dead', () => {
    const late = [operation({ atMs: 99 }), operation({ atMs: 120 })];
    expect(said(silentSince(late, 'api-1-1', 121))).toBe('holds');
    expect(said(silentSince(late, 'api-1-2', 0))).toBe('holds');
    expect(said(silentSince(late, 'api-1-1', 100))).toMatch(/20 ms after/);
    // Another run with the same id had begun by then.
    expect(said(silentSince(late, 'api-1-1', 100, 120))).toBe('holds');
  });
  it('has quantiles', () => {
    const took = [1, 2, 3, 4, 100].map((tookMs) => operation({ tookMs }));
    expect([quantileMs(took, 0.5), quantileMs(took, 0.99)]).toEqual([3, 100]);
    expect(quantileMs([], 0.5)).toBeNaN();
  });
});

describe('recovery', () => {
  const later = many(60).map((each) => ({ ...each, invokedMs: each.invokedMs + 1_000 }));
  it('counts from the end of the fault to the last request that failed', () => {
    expect(recoveryMs([failed(400), failed(900), ...later], 500)).toBe(400);
    expect(recoveryMs([failed(400), ...later], 500)).toBe(0);
    expect(said(recoversWithin([failed(900), ...later], 500, 400))).toBe('holds');
  });
  it('finds one that is slow', () => expect(said(recoversWithin([failed(900), ...later], 500, 399))).toMatch(/400 ms/));
  it('finds one that never comes', () =>
    expect(said(recoversWithin([...later, failed(2_000)], 500, 10_000))).toMatch(/never/));
});

describe('bounds', () => {
  it('hold within', () => expect(said(bounded('x', 1.2, { least: 1, most: 1.2 }))).toBe('holds'));
  it('find what is beyond, or no number', () => {
    expect(said(bounded('x', 1.3, { most: 1.2 }))).toMatch(/it is 1.3/);
    expect(said(bounded('x', 0, { least: 1 }))).toMatch(/it is 0/);
    expect(said(bounded('amplification', amplification(3, 0), { most: 1.2 }))).toMatch(/NaN/);
  });
});

it('sorts by the time of sending', () => {
  const history = [operation({ atMs: 30 }), operation({ atMs: 10 }), operation({ atMs: 20 })];
  expect(sentWithin(history, 10, 30).map(({ invokedMs }) => invokedMs)).toEqual([10, 20]);
});
