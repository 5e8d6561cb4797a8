import type { Act, Deed } from '../../history/act.ts';
import { type Finding, finding } from '../finding.ts';

const DEEDS: readonly Deed['do'][] = ['set', 'edit', 'read', 'visit', 'count', 'end', 'rotate', 'present'];
const LEAST = 5;

/** Every kind of act was done some times: what is never done loses nothing, and proves nothing. */
export function allDone(acts: readonly Act[]): Finding {
  const done = Map.groupBy(
    acts.filter(({ outcome }) => outcome === 'ok'),
    (act) => act.do,
  );
  return finding(
    `each kind of act was done at least ${LEAST} times`,
    DEEDS.flatMap((deed) => {
      const times = done.get(deed)?.length ?? 0;
      return times < LEAST ? [`${deed} was done ${times} times`] : [];
    }),
  );
}

/**
 * What a client of a healthy fleet may be told that does what these do: that its session is gone, that somebody was faster,
 * that its own first attempt is still under way, and around a death that something is away.
 */
const MAY_BE_TOLD = /^(2\d\d|404 session_not_found|412 \w+|409 idempotency_in_flight|50[234]\b.*)$/;
const IS_ANSWER = /^\d{3}\b/;

/** Nobody was told anything else: no fault of ours, and no request that did not fit. */
export function toldWell(acts: readonly Act[]): Finding {
  const answers = acts.filter(({ reason }) => IS_ANSWER.test(reason));
  const odd = answers.filter(({ reason }) => !MAY_BE_TOLD.test(reason));
  return finding(
    `none of ${answers.length} answers is one that a client could not have expected`,
    odd.map((act) => `${act.do} of ${act.client}: ${act.reason}`),
  );
}
