import type { Operation } from '../load/operation.ts';
import { type Finding, finding } from './finding.ts';

const visits = (operations: readonly Operation[]): Operation[] => operations.filter(({ kind }) => kind === 'visit');
const allVisits = (operations: readonly Operation[]): Operation[] =>
  operations.filter(({ kind }) => kind === 'visit' || kind === 'first visit');
const doneOf = (operations: readonly Operation[]): Operation[] =>
  operations.filter(({ outcome, visit }) => outcome === 'ok' && visit !== undefined);
const unknownOf = (operations: readonly Operation[]): number =>
  operations.filter(({ outcome }) => outcome === 'unknown').length;

/**
 * Nothing that was acknowledged is lost, nothing is counted twice: acked ≤ final − before ≤ acked + unknown.
 * @param before the global count just before the first of these visits
 * @param after the same when the last one had ended, without the visit that asked
 */
export function globalCount(operations: readonly Operation[], before: number, after: number): Finding {
  const all = allVisits(operations);
  const [acked, unknown, counted] = [doneOf(all).length, unknownOf(all), after - before];
  const numbers = doneOf(all).flatMap(({ visit }) => visit?.global_count ?? []);
  return finding(`the global count is ${acked} to ${acked + unknown} higher`, [
    ...(counted < acked ? [`it is ${counted} higher: ${acked - counted} acknowledged visits are lost`] : []),
    ...(counted > acked + unknown ? [`it is ${counted} higher: ${counted - acked - unknown} were counted twice`] : []),
    ...twice(numbers).map((number) => `${number} was given to two visits`),
  ]);
}

/** Each session counts its own visits 1, 2, 3 …: none twice, a gap only for one whose outcome is unknown, never back. */
export function sessionCounts(operations: readonly Operation[]): Finding {
  const workers = Map.groupBy(visits(operations), ({ worker }) => worker);
  return finding(
    `${workers.size} sessions count each visit once`,
    [...workers].flatMap(([worker, mine]) => oneSession(mine).map((fault) => `client ${worker}: ${fault}`)),
  );
}

function oneSession(mine: readonly Operation[]): string[] {
  const done = doneOf(mine);
  const counts = done.flatMap(({ visit }) => visit?.session_count ?? []);
  const ids = new Set(done.flatMap(({ visit }) => visit?.session_id ?? []));
  const last = Math.max(0, ...counts);
  const [acked, unknown] = [counts.length, unknownOf(mine)];
  return [
    ...(ids.size > 1 ? [`it was in ${ids.size} sessions`] : []),
    ...twice(counts).map((count) => `count ${count} was given twice`),
    ...(last < acked ? [`${acked} visits are counted as ${last}`] : []),
    ...(last > acked + unknown
      ? [`the count is ${last} after ${acked} visits and ${unknown} unknown ones: a gap`]
      : []),
    ...goesBack(done),
  ];
}

/** A visit that began after another one had ended counts higher. */
function goesBack(done: readonly Operation[]): string[] {
  const byEnd = done.toSorted((a, b) => a.endedMs - b.endedMs);
  let ended = 0;
  let highest = 0;
  return done
    .toSorted((a, b) => a.invokedMs - b.invokedMs)
    .flatMap(({ invokedMs, visit }) => {
      for (let each = byEnd[ended]; each !== undefined && each.endedMs < invokedMs; each = byEnd[ended]) {
        highest = Math.max(highest, each.visit?.session_count ?? 0);
        ended += 1;
      }
      const count = visit?.session_count ?? 0;
      return count <= highest ? [`a visit counts ${count} after one with ${highest} had ended`] : [];
    });
}

/** Numbers that occur again. */
export function twice(numbers: readonly number[]): number[] {
  const seen = new Set<number>();
  return numbers.filter((number) => seen.size === seen.add(number).size);
}
