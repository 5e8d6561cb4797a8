import { JOBS_ERRORS, type JobsErrorCode } from '@nestfleet/jobs';
import type { DocumentedProblem } from '@nestfleet/service';
import { STATE_ERRORS, type StateErrorCode } from '@nestfleet/state';
import { applyDecorators } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';
import { SESSION_COOKIE } from './caller/session-cookie.ts';

/** Problems of the libs, as their catalogues document them. */
export const ofState = (...codes: readonly StateErrorCode[]): DocumentedProblem[] =>
  codes.map((code) => ({ code, ...STATE_ERRORS[code] }));
export const ofJobs = (...codes: readonly JobsErrorCode[]): DocumentedProblem[] =>
  codes.map((code) => ({ code, ...JOBS_ERRORS[code] }));

/** While Redis is unreachable a read has one code for it, and a change two; both when it refuses, as what reads may write beside. */
export const READS_STATE = ofState('state_unavailable', 'state_writes_refused');
export const CHANGES_STATE = ofState('state_unavailable', 'state_writes_refused', 'state_outcome_unknown');

/** What an enqueue may be refused with. */
export const ENQUEUES: readonly JobsErrorCode[] = [
  'jobs_unavailable',
  'jobs_writes_refused',
  'jobs_outcome_unknown',
  'jobs_memory_low',
  'queue_full',
];

export const ETAG = {
  etag: {
    description: 'Stands for what was answered; for If-Match and If-None-Match',
    schema: { type: 'string' as const },
    example: '"1795898948130007"',
  },
};

export const SETS_SESSION_COOKIE = {
  'set-cookie': {
    description: 'The session cookie, where the caller gets a new one; HttpOnly, SameSite=Lax',
    schema: { type: 'string' as const },
    example: 'sid=Zk3v….MEUCIQ…; Path=/; HttpOnly; SameSite=Lax',
  },
};

/** What `ApiSecurity` names; see `securitySchemes` of the service. */
const SESSION = 'session';
const OPERATOR = 'operator';

/** NeedsSession documents an operation that answers 404 without a session. */
export const NeedsSession = () => ApiSecurity(SESSION);
/** MayHaveSession documents an operation for anybody, which does more for who has a session. */
export const MayHaveSession = () => applyDecorators(ApiSecurity(SESSION), ApiSecurity({}));
/** MayBeOperator documents an operation that also takes the fleet's token. */
export const MayBeOperator = () => ApiSecurity(OPERATOR);

export const securitySchemes = {
  [SESSION]: {
    type: 'apiKey' as const,
    in: 'cookie',
    name: SESSION_COOKIE,
    description: 'Signed by the fleet; `GET /` and `POST /session` set it. Every replica knows every session',
  },
  [OPERATOR]: { type: 'http' as const, scheme: 'bearer', description: 'OPS_TOKEN of the fleet: sees the jobs of all' },
};
