import { describe, expect, it } from '@jest/globals';
import type { Finding } from './finding.ts';
import { operation } from './operation-builders.ts';
import { refusedWell } from './refusals.ts';
import { lossWithin } from './store-loss.ts';

const said = ({ holds, faults }: Finding): string => [...(holds ? ['holds'] : []), ...faults].join('\n');

describe('refusals of a store that is unavailable', () => {
  const good = { outcome: 'fail', reason: '503 state_unavailable', retryAfterS: 1 } as const;
  it('hold with a time and without a cookie, beside good answers', () =>
    expect(said(refusedWell([operation(good), operation({ ...good, outcome: 'unknown' }), operation({})]))).toBe(
      'holds',
    ));
  it('find what does not say when to come again', () =>
    expect(said(refusedWell([operation({ ...good, retryAfterS: Number.NaN })]))).toMatch(/no Retry-After/));
  it('find a cookie', () =>
    expect(said(refusedWell([operation({ ...good, setsCookie: true })]))).toMatch(/sets a cookie/));
  it('find another status', () =>
    expect(said(refusedWell([operation({ ...good, reason: '500 internal' })]))).toMatch(/is no 503/));
  it('do not hold where nothing was refused', () =>
    expect(said(refusedWell([operation({})]))).toMatch(/no request was refused/));
});

/** A visit with these numbers that was answered at a time. */
const visit = (atMs: number, session_count: number, global_count: number, session_id = 's') =>
  operation({ atMs, tookMs: 0, visit: { session_id, session_count, global_count } });

describe('what a crash of the store took', () => {
  const DOWN_MS = 10_000;
  const loss = (...operations: Parameters<typeof lossWithin>[0]) =>
    lossWithin(operations, { downMs: DOWN_MS, upMs: DOWN_MS + 500 });

  it('is nothing where all goes on counting', () => {
    const { found, inSessions, inAll } = loss(visit(1_000, 1, 5), visit(9_990, 2, 6), visit(11_000, 3, 7));
    expect([said(found), inSessions, inAll]).toEqual(['holds', 0, 0]);
  });
  it('is counted where numbers are given again, and holds where they are young', () => {
    const history = [visit(5_000, 1, 5), visit(8_000, 2, 6), visit(9_990, 3, 7), visit(11_000, 2, 6)];
    const { found, inSessions, inAll } = loss(...history);
    expect([said(found), inSessions, inAll]).toEqual(['holds', 2, 2]);
  });
  it('is found where they are old, in the session', () =>
    expect(said(loss(visit(7_000, 2, 5), visit(9_990, 3, 6), visit(11_000, 2, 7)).found)).toMatch(
      /visit 2 .* 2990 ms before/,
    ));
  it('is found where they are old, in all', () =>
    expect(said(loss(visit(7_000, 2, 6), visit(9_990, 3, 7), visit(11_000, 4, 6)).found)).toMatch(/6 of all/));
  it('is found where a session is gone that is older', () =>
    expect(said(loss(visit(5_000, 1, 1), visit(9_990, 2, 2), visit(11_000, 3, 3, 'new')).found)).toMatch(/visit 1 /));
  it('is not known without visits after it', () => expect(said(loss(visit(5_000, 1, 1)).found)).toMatch(/both sides/));
});
