import type { ConnectionPlan } from './connection-plan.ts';
import { type Answer, readAnswers } from './read-answers.ts';
import { tokensIn } from './tokens.ts';

/** How a connection has gone. */
export interface Seen {
  readonly plan: ConnectionPlan;
  /** All that the server said, a character for each byte. */
  readonly text: string;
  readonly ended: 'by the server' | 'reset by the server' | 'by us';
  /** Nothing is wrong with what the replicas say to its requests. */
  readonly isUnmutated: boolean;
  /** A replica that has lied to others may have spoilt the connection that its answer was to come over. */
  readonly mayBeReset: boolean;
}

const LATER_BYTES = ['malformed_http', 'headers_too_large'];

/**
 * What must hold whatever a stranger sends: the bytes of a connection are answers in the order of its requests, each
 * request is answered with its own answer, an error or a close, and nothing is written into an answer that has begun.
 * @returns faults in words
 */
export function faultsOfConnection({ plan, text, ended, isUnmutated, mayBeReset }: Seen): string[] {
  const { requests } = plan;
  const wellFormed = wellFormedOf(plan);
  const { answers, tunnel, fault } = readAnswers(text, (at) => requests[at]?.method, ended !== 'by us');
  const faults: string[] = [];
  // Behind a request that is none, nobody knows whose method an answer is for.
  if (fault !== undefined && (answers.length < wellFormed || wellFormed === requests.length)) faults.push(fault);
  for (const [at, answer] of answers.entries()) faults.push(...faultsOfAnswer(plan, at, wellFormed, answer));
  const own = new Set(requests.map(({ token }) => token));
  for (const token of tokensIn(tunnel ?? '')) if (!own.has(token)) faults.push(`a tunnel says ${token}`);
  const isReset = ended === 'reset by the server' && mayBeReset;
  if (isUnmutated && !isReset && tunnel === undefined) faults.push(...unansweredOf(plan, answers, ended));
  return faults;
}

/** How many requests stand before the first byte that is no HTTP. */
function wellFormedOf({ requests }: ConnectionPlan): number {
  const at = requests.findIndex(
    ({ isWellFormed, isLast }, index) => !isWellFormed || (isLast && index < requests.length - 1),
  );
  if (at === -1) return requests.length;
  return requests[at]!.isWellFormed ? at + 1 : at;
}

function faultsOfAnswer({ requests }: ConnectionPlan, at: number, wellFormed: number, answer: Answer): string[] {
  const faults: string[] = [];
  const { status, body, headers } = answer;
  const all = `${[...headers].flat().join('\n')}\n${body}`;
  const mine = at < wellFormed ? [requests[at]!.token] : requests.slice(wellFormed).map(({ token }) => token);
  const foreign = tokensIn(all).filter((token) => !mine.includes(token));
  const which = `answer ${at + 1} (${status}) of ${requests.length} requests`;
  if (foreign.length > 0) faults.push(`${which} is for ${mine.join(' or ') || 'none'}, and says ${foreign.join(', ')}`);
  // An answer to HEAD that is read as another one's takes the next answer for its body.
  const hasBody = at < wellFormed || requests.every(({ method }) => method !== 'HEAD');
  if (hasBody && /HTTP\/1\.[01] \d/.test(body)) faults.push(`${which} has an answer inside its body`);
  if (body.includes('"code":"internal"'))
    faults.push(`${which} is a fault that nothing expected: ${body.slice(0, 120)}`);
  if (at < wellFormed && LATER_BYTES.some((code) => body.includes(`"code":"${code}"`)))
    faults.push(`${which} is an error of what came behind its request: ${body.slice(0, 120)}`);
  return faults;
}

/** A client that said nothing but requests, and reads, is answered, or is told that its connection ends. */
function unansweredOf(
  { requests, isPatient, hasTail }: ConnectionPlan,
  answers: readonly Answer[],
  ended: Seen['ended'],
): string[] {
  if (!isPatient || hasTail || ended === 'by us' || requests.some(({ isWellFormed }) => !isWellFormed)) return [];
  const last = answers.at(-1);
  const expected = requests.findIndex(({ isLast }) => isLast) + 1 || requests.length;
  if (answers.length >= expected) return [];
  // Cut in the middle: the replica's fault, and the one sign there is for it.
  if (last && !last.isWhole) return [];
  if (last?.headers.get('connection')?.toLowerCase() === 'close') return [];
  return [
    `${ended}: ${answers.length} of ${expected} requests were answered, and no answer said that the connection ends`,
  ];
}
