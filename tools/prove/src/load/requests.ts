import { HEALTH_PATHS, type RetryPolicy } from '@nestfleet/contracts';
import type { Ask } from '../client/http-client.ts';

/** A kind of request that load is made of. */
export interface RequestKind {
  readonly name: string;
  readonly path: string;
  readonly retryPolicy: Extract<RetryPolicy, 'idempotent' | 'connect-failure'>;
  /** Sent without a cookie, as by somebody who was never here. */
  readonly isOfStranger?: true;
  /** GET without a body unless said otherwise. */
  readonly options?: Pick<Ask, 'method' | 'headers' | 'body' | 'sendOverMs'>;
}

/** Counts in the session and in all: sent twice it would count twice. */
export const visit: RequestKind = { name: 'visit', path: '/api/', retryPolicy: 'connect-failure' };
/** The first visit of somebody: makes a session, and counts in all. */
export const firstVisit: RequestKind = { ...visit, name: 'first visit', isOfStranger: true };
export const whoami: RequestKind = { name: 'whoami', path: '/api/whoami', retryPolicy: 'idempotent' };
export const listValues: RequestKind = { name: 'values', path: '/api/values', retryPolicy: 'idempotent' };
/** The gateway's own answer, with data from an api replica over TCP. */
export const composed: RequestKind = { name: 'composed', path: '/whoami', retryPolicy: 'idempotent' };
/** Of the edge proxy itself: what the machine alone is slow at shows here too. */
export const edgeLivez: RequestKind = { name: 'edge', path: HEALTH_PATHS.live, retryPolicy: 'idempotent' };

const octets = { 'content-type': 'application/octet-stream' };
const BODY = Buffer.alloc(2_000, 'x');

/** Takes a body in one piece, and answers with its hash. */
export const post: RequestKind = {
  name: 'post',
  path: '/api/diagnostics/bytes',
  retryPolicy: 'connect-failure',
  options: { method: 'POST', headers: octets, body: BODY },
};

/** Is answered after this time. */
export const slowGet = (ms: number): RequestKind => ({
  name: `get ${ms}`,
  path: `/api/diagnostics/wait?ms=${ms}`,
  retryPolicy: 'idempotent',
});

/** Its body takes this time to come. */
export const slowPost = (ms: number): RequestKind => ({
  ...post,
  name: `post ${ms}`,
  options: { method: 'POST', headers: octets, body: BODY, sendOverMs: ms },
});

/** How often of all times each kind is sent, as parts. */
export type Mix = readonly (readonly [RequestKind, number])[];

export const mixed: Mix = [
  [whoami, 5],
  [visit, 3],
  [listValues, 1],
  [composed, 1],
];
export const safeOnly: Mix = [
  [whoami, 4],
  [listValues, 1],
];

/** @param at in [0, 1) */
export function pickKind(mix: Mix, at: number): RequestKind {
  const parts = mix.reduce((sum, [, part]) => sum + part, 0);
  let left = at * parts;
  for (const [kind, part] of mix) {
    left -= part;
    if (left < 0) return kind;
  }
  throw new Error('a mix needs a kind with a part above 0');
}
