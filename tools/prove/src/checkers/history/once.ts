import { type Op, type OpOf, opsOf } from '../../history/op.ts';
import { twice } from '../counting.ts';
import { type Finding, finding } from '../finding.ts';

/** Each key counts once, however often its client sent it: acked ≤ final ≤ acked + unknown, no count is given to two. */
export function countedOnce(ops: readonly Op[], finals: ReadonlyMap<string, number>): Finding {
  const counters = Map.groupBy(opsOf(ops, 'count'), ({ counter }) => counter);
  const attempts = opsOf(ops, 'count').length;
  const keys = new Set(opsOf(ops, 'count').map(({ key }) => key)).size;
  return finding(`${keys} keys in ${attempts} attempts count once each`, [
    ...(keys === attempts ? ['nothing was sent twice'] : []),
    ...[...counters].flatMap(([counter, mine]) => oneCounter(counter, mine, finals.get(counter) ?? Number.NaN)),
  ]);
}

const countsOf = (attempts: readonly OpOf<'count'>[]): number[] => [
  ...new Set(attempts.flatMap(({ outcome, count }) => (outcome === 'ok' && count !== undefined ? [count] : []))),
];

/** A change of an id moves the session to one place, however often it was asked for under its key. */
export function movedOnce(ops: readonly Op[]): Finding {
  const moves = Map.groupBy(opsOf(ops, 'rotate'), ({ key }) => key);
  const attempts = opsOf(ops, 'rotate').length;
  return finding(`${moves.size} changes of an id in ${attempts} attempts are done once each`, [
    ...(attempts === moves.size ? ['nothing was sent twice'] : []),
    ...[...moves].flatMap(([key, mine]) => {
      const places = new Set(mine.flatMap(({ movedTo }) => movedTo ?? []));
      return places.size > 1 ? [`${key} was answered with ${places.size} ids`] : [];
    }),
  ]);
}

function oneCounter(counter: string, attempts: readonly OpOf<'count'>[], final: number): string[] {
  const byKey = [...Map.groupBy(attempts, ({ key }) => key).values()];
  const given = byKey.map(countsOf);
  const acked = given.filter((counts) => counts.length > 0).length;
  const unknown = byKey.filter(
    (mine, at) => given[at]?.length === 0 && mine.some(({ outcome }) => outcome === 'unknown'),
  ).length;
  return [
    ...given.flatMap((counts, at) =>
      counts.length > 1 ? [`${counter}: ${byKey[at]?.[0]?.key} was answered ${counts.join(' and ')}`] : [],
    ),
    ...twice(given.flat()).map((count) => `${counter}: ${count} was given to two keys`),
    ...outside(counter, { acked, unknown, final }),
  ];
}

function outside(
  what: string,
  { acked, unknown, final }: { readonly acked: number; readonly unknown: number; readonly final: number },
): string[] {
  if (final >= acked && final <= acked + unknown) return [];
  const bad = final > acked ? 'counted twice' : final < acked ? 'lost' : 'not known';
  return [`${what} is ${final} after ${acked} acknowledged and ${unknown} unknown: ${bad}`];
}

/**
 * Visits of shared sessions: no number is given to two, in the session and in all; none that was acknowledged is lost.
 * @param inAll by how much the global count has grown
 */
export function visitsOnce(ops: readonly Op[], inAll: number): Finding {
  const visits = opsOf(ops, 'visit').filter(({ outcome, counted }) => outcome === 'unknown' || counted !== undefined);
  const done = visits.flatMap(({ counted }) => counted ?? []);
  const sessions = Map.groupBy(visits, ({ object }) => object);
  const reads = Map.groupBy(
    opsOf(ops, 'read').filter(({ count }) => count !== undefined),
    ({ object }) => object,
  );
  return finding(`${done.length} visits of ${sessions.size} sessions count once each`, [
    ...(done.length === 0 ? ['nobody visited'] : []),
    ...twice(done.map((each) => each.inAll)).map((count) => `${count} of all was given to two visits`),
    ...[...sessions].flatMap(([object, mine]) => oneSession(object, mine, reads.get(object) ?? [])),
    ...outside('the global count', { acked: done.length, unknown: visits.length - done.length, final: inAll }),
  ]);
}

function oneSession(object: string, visits: readonly OpOf<'visit'>[], reads: readonly OpOf<'read'>[]): string[] {
  const counts = visits.flatMap(({ counted }) => (counted?.isSameSession ? [counted.inSession] : []));
  const unknown = visits.filter(({ outcome }) => outcome === 'unknown').length;
  const last = reads.toSorted((a, b) => a.invokedMs - b.invokedMs).at(-1);
  const isFinal = last !== undefined && visits.every(({ endedMs }) => endedMs < last.invokedMs);
  return [
    ...twice(counts).map((count) => `${object}: visit ${count} was given twice`),
    ...(isFinal ? outside(`count of ${object}`, { acked: counts.length, unknown, final: last.count ?? 0 }) : []),
  ];
}
