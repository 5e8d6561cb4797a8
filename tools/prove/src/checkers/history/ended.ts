import { type Act, type ActOf, LAST, actsOf } from '../../history/act.ts';
import { type Finding, finding } from '../finding.ts';

/** Deeds that only a session can answer well; a visit gets another one where there is none. */
const NEEDS_SESSION: ReadonlySet<Act['do']> = new Set(['set', 'edit', 'read', 'rotate']);

/** Whether the session of this id was there, as the answer says. */
const foundSession = (act: Act): boolean =>
  act.outcome === 'ok' && (NEEDS_SESSION.has(act.do) || (act.do === 'visit' && act.counted?.isSameSession === true));

type Ending = ActOf<'end'> | ActOf<'rotate'>;

/** Nothing that is sent after the end of a session, or after its id was changed, finds it under the old id. */
export function noResurrection(acts: readonly Act[]): Finding {
  const ends = [...actsOf(acts, 'end'), ...actsOf(acts, 'rotate')].filter(({ outcome }) => outcome === 'ok');
  const firstEnd = new Map<string, Ending>();
  for (const end of ends.toSorted((a, b) => a.endedMs - b.endedMs))
    if (!firstEnd.has(end.sid)) firstEnd.set(end.sid, end);
  const late = acts.flatMap((act) => {
    const end = 'sid' in act && act.sid !== undefined ? firstEnd.get(act.sid) : undefined;
    return end && act.invokedMs > end.endedMs && !isRetryOf(act, end) ? [{ act, end }] : [];
  });
  return finding(`none of ${firstEnd.size} ids that have ended comes back in ${late.length} uses of them`, [
    ...(late.length === 0 ? ['nobody used an id that had ended'] : []),
    ...late
      .filter(({ act }) => foundSession(act))
      .map(
        ({ act, end }) =>
          `${act.do} of ${act.client} finds ${end.sid} ${Math.round(act.invokedMs - end.endedMs)} ms after its end`,
      ),
  ]);
}

/** Under its key a change of an id may be asked for again, by who did not get the answer. */
const isRetryOf = (act: Act, end: Ending): boolean => act.do === 'rotate' && end.do === 'rotate' && act.key === end.key;

/** Who presents a well-signed id that the store does not know gets another one (session fixation). */
export function noAdoption(acts: readonly Act[]): Finding {
  const presented = actsOf(acts, 'present').filter(({ outcome }) => outcome === 'ok');
  return finding(`none of ${presented.length} unknown ids becomes a session`, [
    ...(presented.length === 0 ? ['no unknown id was presented'] : []),
    ...presented
      .filter(({ isAdopted }) => isAdopted)
      .map(({ sid, servedBy }) => `${sid} does, by ${servedBy ?? 'nobody'}`),
  ]);
}

/** What clients share is there at the end, unless nobody knows what became of a change of its id. */
export function sharedStays(acts: readonly Act[], shared: readonly string[]): Finding {
  const moves = Map.groupBy(actsOf(acts, 'rotate'), ({ object, key }) => `${object} ${key}`);
  const unknown = new Set(
    [...moves.values()].flatMap((attempts) =>
      attempts.some(({ outcome }) => outcome === 'ok') ? [] : attempts.map(({ object }) => object),
    ),
  );
  const last = new Set(
    actsOf(acts, 'read').flatMap(({ client, outcome, object }) =>
      client === LAST && outcome === 'ok' ? [object] : [],
    ),
  );
  return finding(
    `${shared.length} shared objects are there at the end`,
    shared.filter((object) => !last.has(object) && !unknown.has(object)).map((object) => `${object} is gone`),
  );
}
