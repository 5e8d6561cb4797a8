import type { Operation } from '../load/operation.ts';
import { type Finding, finding } from './finding.ts';

/** What visits show of a store that has lost its last writes. */
export interface StoreLoss {
  readonly found: Finding;
  /** Acknowledged visits whose number in their session was given again, or whose session is gone. */
  readonly inSessions: number;
  /** When the last visit before the crash was answered, which is nearer to it than the order to crash. */
  readonly crashMs: number;
  /** Acknowledged visits whose number among all was given again. */
  readonly inAll: number;
}

const WINDOW_MS = 2_000;

/**
 * A crash may take what was acknowledged shortly before it, and nothing older. A number that is given again after the
 * crash shows the loss of the visit that had it before.
 * @param downMs when the store was surely gone; @param upMs when it was surely not yet back
 */
export function lossWithin(
  operations: readonly Operation[],
  {
    downMs,
    upMs,
    windowMs = WINDOW_MS,
  }: { readonly downMs: number; readonly upMs: number; readonly windowMs?: number },
): StoreLoss {
  const done = operations.filter(({ outcome, visit }) => outcome === 'ok' && visit !== undefined);
  const before = done.filter(({ invokedMs, endedMs }) => invokedMs < downMs && endedMs <= upMs);
  const after = done.filter(({ invokedMs }) => invokedMs >= downMs);
  const crashMs = Math.max(...before.map(({ endedMs }) => endedMs));
  const late = crashMs - windowMs;
  const inSessions = [...Map.groupBy(before, ({ worker }) => worker)].flatMap(([worker, mine]) =>
    lostOfSession(
      mine.filter(({ kind }) => kind === 'visit'),
      after.filter((each) => each.worker === worker && each.kind === 'visit'),
    ),
  );
  const lowest = Math.min(...after.map(globalOf));
  const inAll = before.filter((each) => globalOf(each) >= lowest);
  const tooOld = [...new Set([...inSessions, ...inAll])].filter(({ endedMs }) => endedMs < late);
  const nothing = before.length === 0 || after.length === 0 ? ['no visits on both sides of the crash'] : [];
  const found = finding(`nothing is lost that was acknowledged more than ${windowMs} ms before the crash`, [
    ...nothing,
    ...tooOld.map(
      ({ worker, visit, endedMs }) =>
        `client ${worker}: visit ${visit?.session_count} (${visit?.global_count} of all), ` +
        `${Math.round(crashMs - endedMs)} ms before it`,
    ),
  ]);
  return { found, crashMs, inSessions: inSessions.length, inAll: inAll.length };
}

const globalOf = ({ visit }: Operation): number => visit?.global_count ?? Number.NaN;
const countOf = ({ visit }: Operation): number => visit?.session_count ?? Number.NaN;
const idOf = ({ visit }: Operation): string | undefined => visit?.session_id;

function lostOfSession(before: readonly Operation[], after: readonly Operation[]): readonly Operation[] {
  const [next] = after.toSorted((a, b) => a.invokedMs - b.invokedMs);
  if (next === undefined) return [];
  if (before.some((each) => idOf(each) !== idOf(next))) return before;
  const lowest = Math.min(...after.map(countOf));
  return before.filter((each) => countOf(each) >= lowest);
}
