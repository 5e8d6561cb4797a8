import { type Act, LAST, actsOf } from '../../history/act.ts';
import { type Finding, finding } from '../finding.ts';

/** Deeds that only a session can answer well; a visit gets another one where there is none. */
const NEEDS_SESSION: ReadonlySet<Act['do']> = new Set(['set', 'edit', 'read', 'rotate']);

/** Whether the session of this id was there, as the answer says. */
const foundSession = (act: Act): boolean =>
  act.outcome === 'ok' && (NEEDS_SESSION.has(act.do) || (act.do === 'visit' && act.counted?.isSameSession === true));

/** Nothing that is sent after the end of a session, or after its id was changed, finds it under the old id (pain 27). */
export function noResurrection(acts: readonly Act[]): Finding {
  const ends = [...actsOf(acts, 'end'), ...actsOf(acts, 'rotate')].filter(({ outcome }) => outcome === 'ok');
  const endedMs = new Map(ends.map((end) => [end.sid, end.endedMs]));
  const late = acts.filter(
    (act) => 'sid' in act && act.sid !== undefined && act.invokedMs > (endedMs.get(act.sid) ?? Infinity),
  );
  return finding(`none of ${ends.length} ids that have ended comes back in ${late.length} uses of them`, [
    ...(late.length === 0 ? ['nobody used an id that had ended'] : []),
    ...late
      .filter(foundSession)
      .map(
        (act) =>
          `${act.do} of ${act.client} finds ${'sid' in act ? act.sid : ''} ` +
          `${Math.round(act.invokedMs - (endedMs.get(('sid' in act && act.sid) || '') ?? 0))} ms after its end`,
      ),
  ]);
}

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
  const unknown = new Set(
    actsOf(acts, 'rotate').flatMap(({ outcome, object }) => (outcome === 'unknown' ? [object] : [])),
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
