import { type Problem, type Visit, problem } from '@nestfleet/contracts';
import type { Answer } from '../client/http-client.ts';
import type { RequestKind } from './requests.ts';

/**
 * What is known of one request, as its client sees it. `ok`: done. `fail`: it was not done. `unknown`: no answer says
 * whether it was, so it may have been.
 */
export type OperationOutcome = 'ok' | 'fail' | 'unknown';

/** One request of the history: sent once, whatever became of it. Times are milliseconds since 1970. */
export interface Operation {
  readonly worker: number;
  /** Name of the kind of request. */
  readonly kind: string;
  /** Idempotent ones a balancer may send again; of the others it may only send what no byte was sent of. */
  readonly retryPolicy: RequestKind['retryPolicy'];
  readonly connection: 'new' | 'kept';
  readonly invokedMs: number;
  readonly endedMs: number;
  readonly outcome: OperationOutcome;
  /** Status with its problem code, or the fault of the connection. */
  readonly reason: string;
  readonly servedBy?: string;
  readonly instanceId?: string;
  /** After how many seconds to come again, as the answer says. */
  readonly retryAfterS?: number;
  /** The answer gives the client another cookie. */
  readonly setsCookie?: true;
  /** What a visit counted. */
  readonly visit?: Pick<Visit, 'session_id' | 'session_count' | 'global_count'>;
}

export type Reading = Pick<
  Operation,
  'outcome' | 'reason' | 'servedBy' | 'instanceId' | 'retryAfterS' | 'setsCookie' | 'visit'
>;

/** Problems that say that the work was not done, by their code. A server error without one of them says nothing. */
const NOT_DONE = new Set(['no_instance', 'state_unavailable', 'state_writes_refused', 'starting', 'draining']);

export function readAnswer({ status, headers, text }: Pick<Answer, 'status' | 'headers' | 'text'>): Reading {
  const servedBy = headers['x-served-by'];
  const retryAfter = headers['retry-after'];
  const named = {
    ...(typeof servedBy === 'string' ? { servedBy } : {}),
    ...(retryAfter === undefined ? {} : { retryAfterS: Number(retryAfter) }),
    ...(headers['set-cookie'] === undefined ? {} : { setsCookie: true as const }),
  };
  if (status >= 200 && status < 300) return { outcome: 'ok', reason: String(status), ...named, ...readBody(text) };
  const code = readProblem(text)?.code;
  const reason = code === undefined ? String(status) : `${status} ${code}`;
  // Where no app of ours answered, 503 is a balancer that had nobody to send it to.
  const notDone = status < 500 || (code === undefined ? status === 503 : NOT_DONE.has(code));
  return { outcome: notDone ? 'fail' : 'unknown', reason, ...named };
}

/** Faults before a byte could be sent. */
const UNSENT = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EADDRNOTAVAIL']);

export function readFault(error: unknown): Reading {
  // Not by class: in a test runner the errors of Node are of another realm.
  const { code, message } = (typeof error === 'object' && error !== null ? error : {}) as NodeJS.ErrnoException;
  return {
    outcome: code !== undefined && UNSENT.has(code) ? 'fail' : 'unknown',
    reason: code ?? message ?? String(error),
  };
}

function readProblem(text: string): Problem | undefined {
  return problem.safeParse(parsed(text)).data;
}

function readBody(text: string): Pick<Operation, 'instanceId' | 'visit'> {
  const body = parsed(text);
  if (typeof body !== 'object' || body === null) return {};
  const { instance_id: instanceId, session_id, session_count, global_count } = body as Partial<Visit>;
  return {
    ...(typeof instanceId === 'string' ? { instanceId } : {}),
    ...(typeof session_id === 'string' && typeof session_count === 'number' && typeof global_count === 'number'
      ? { visit: { session_id, session_count, global_count } }
      : {}),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
