import { type Op, type OpOf, LAST, opsOf } from '../../history/op.ts';
import { type Finding, finding } from '../finding.ts';

/** Operations that only a session can answer well; a visit gets another one where there is none. */
const NEEDS_SESSION: ReadonlySet<Op['do']> = new Set(['set', 'edit', 'read', 'rotate']);

/** Whether the session of this id was there, as the answer says. */
const foundSession = (op: Op): boolean =>
  op.outcome === 'ok' && (NEEDS_SESSION.has(op.do) || (op.do === 'visit' && op.counted?.isSameSession === true));

type Ending = OpOf<'end'> | OpOf<'rotate'>;

/** Nothing that is sent after the end of a session, or after its id was changed, finds it under the old id. */
export function noResurrection(ops: readonly Op[]): Finding {
  const ends = [...opsOf(ops, 'end'), ...opsOf(ops, 'rotate')].filter(({ outcome }) => outcome === 'ok');
  const firstEnd = new Map<string, Ending>();
  for (const end of ends.toSorted((a, b) => a.endedMs - b.endedMs))
    if (!firstEnd.has(end.sid)) firstEnd.set(end.sid, end);
  const late = ops.flatMap((op) => {
    const end = 'sid' in op && op.sid !== undefined ? firstEnd.get(op.sid) : undefined;
    return end && op.invokedMs > end.endedMs && !isRetryOf(op, end) ? [{ op, end }] : [];
  });
  return finding(`none of ${firstEnd.size} ids that have ended comes back in ${late.length} uses of them`, [
    ...(late.length === 0 ? ['nobody used an id that had ended'] : []),
    ...late
      .filter(({ op }) => foundSession(op))
      .map(
        ({ op, end }) =>
          `${op.do} of ${op.client} finds ${end.sid} ${Math.round(op.invokedMs - end.endedMs)} ms after its end`,
      ),
  ]);
}

/** Under its key a change of an id may be asked for again, by who did not get the answer. */
const isRetryOf = (op: Op, end: Ending): boolean => op.do === 'rotate' && end.do === 'rotate' && op.key === end.key;

/** Who presents a well-signed id that the store does not know gets another one (session fixation). */
export function noAdoption(ops: readonly Op[]): Finding {
  const presented = opsOf(ops, 'present').filter(({ outcome }) => outcome === 'ok');
  return finding(`none of ${presented.length} unknown ids becomes a session`, [
    ...(presented.length === 0 ? ['no unknown id was presented'] : []),
    ...presented
      .filter(({ isAdopted }) => isAdopted)
      .map(({ sid, servedBy }) => `${sid} does, by ${servedBy ?? 'nobody'}`),
  ]);
}

/** What clients share is there at the end, unless nobody knows what became of a change of its id. */
export function sharedStays(ops: readonly Op[], shared: readonly string[]): Finding {
  const moves = Map.groupBy(opsOf(ops, 'rotate'), ({ object, key }) => `${object} ${key}`);
  const unknown = new Set(
    [...moves.values()].flatMap((attempts) =>
      attempts.some(({ outcome }) => outcome === 'ok') ? [] : attempts.map(({ object }) => object),
    ),
  );
  const last = new Set(
    opsOf(ops, 'read').flatMap(({ client, outcome, object }) => (client === LAST && outcome === 'ok' ? [object] : [])),
  );
  return finding(
    `${shared.length} shared objects are there at the end`,
    shared.filter((object) => !last.has(object) && !unknown.has(object)).map((object) => `${object} is gone`),
  );
}
