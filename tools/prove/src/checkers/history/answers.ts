import type { Op, OpBody } from '../../history/op.ts';
import { IMPATIENT_MS } from '../../history/recorder.ts';
import { type Finding, finding } from '../finding.ts';

const OP_KINDS: readonly OpBody['do'][] = ['set', 'edit', 'read', 'visit', 'count', 'end', 'rotate', 'present'];
const LEAST = 5;

/** Every kind of operation was done some times: what is never done loses nothing, and proves nothing. */
export function allKindsDone(ops: readonly Op[]): Finding {
  const done = Map.groupBy(
    ops.filter(({ outcome }) => outcome === 'ok'),
    (op) => op.do,
  );
  return finding(
    `each kind of operation was done at least ${LEAST} times`,
    OP_KINDS.flatMap((op) => {
      const times = done.get(op)?.length ?? 0;
      return times < LEAST ? [`${op} was done ${times} times`] : [];
    }),
  );
}

/**
 * Answers that a client of a healthy fleet may get: that its session is gone, that somebody was faster,
 * that its own first attempt is still under way, and around a crash that something is unavailable.
 */
const EXPECTED = /^(2\d\d|404 session_not_found|412 \w+|409 idempotency_in_flight|50[234]\b.*)$/;
const IS_ANSWER = /^\d{3}\b/;
const UNAVAILABLE = /^5\d\d\b/;
const HUNG_UP = /^no answer within (\d+) ms$/;
const isHangUp = (reason: string): boolean => Number(HUNG_UP.exec(reason)?.[1]) <= IMPATIENT_MS;

/** Nobody was told anything else: no fault of ours, and no request that did not fit. */
export function noUnexpectedAnswer(ops: readonly Op[]): Finding {
  const answers = ops.filter(({ reason }) => IS_ANSWER.test(reason));
  const odd = answers.filter(({ reason }) => !EXPECTED.test(reason));
  return finding(
    `none of ${answers.length} answers is one that a client could not have expected`,
    odd.map((op) => `${op.do} of ${op.client}: ${op.reason}`),
  );
}

/** Where nothing breaks everybody is answered, but for clients that hang up so early. */
export function noneRefused(ops: readonly Op[]): Finding {
  const bad = ops.filter(({ reason }) => UNAVAILABLE.test(reason) || !(IS_ANSWER.test(reason) || isHangUp(reason)));
  return finding(
    `none of ${ops.length} requests is refused or left without an answer`,
    bad.map((op) => `${op.do} of ${op.client}: ${op.reason}`),
  );
}
