import { describe, expect, it } from '@jest/globals';
import { readAnswer, readFault } from './operation.ts';
import { mixed, pickKind, visit, whoami } from './requests.ts';

const problem = (status: number, code: string) => ({
  status,
  headers: { 'x-served-by': 'api-1' },
  text: JSON.stringify({ type: 'about:blank', title: 'x', status, detail: 'x', code, request_id: 'r', errors: [] }),
});

describe('an answer', () => {
  it('that is good is done, and says who did it', () => {
    const body = { instance_id: 'api-1-7', session_id: 's', session_count: 2, global_count: 9 };
    const answer = { status: 200, headers: { 'x-served-by': 'api-1' }, text: JSON.stringify(body) };
    const { instance_id: instanceId, ...counts } = body;
    expect(readAnswer(answer)).toEqual({ outcome: 'ok', reason: '200', servedBy: 'api-1', instanceId, visit: counts });
  });

  it.each([
    [404, 'not_found', 'fail'],
    [503, 'no_instance', 'fail'],
    [503, 'state_unavailable', 'fail'],
    [503, 'state_outcome_unknown', 'unknown'],
    [502, 'upstream_failed', 'unknown'],
    [504, 'upstream_timeout', 'unknown'],
    [500, 'internal', 'unknown'],
  ])('of %d %s is a %s', (status, code, outcome) => {
    expect(readAnswer(problem(status, code))).toMatchObject({ outcome, reason: `${status} ${code}` });
  });

  it.each([
    [503, 'fail'],
    [502, 'unknown'],
    [504, 'unknown'],
  ])('of a balancer with %d is a %s', (status, outcome) => {
    expect(readAnswer({ status, headers: {}, text: '<html>' })).toEqual({ outcome, reason: String(status) });
  });
});

describe('no answer', () => {
  it.each([
    ['ECONNREFUSED', 'fail'],
    ['ECONNRESET', 'unknown'],
    ['EPIPE', 'unknown'],
  ])('for %s is a %s', (code, outcome) => {
    expect(readFault(Object.assign(new Error('x'), { code }))).toEqual({ outcome, reason: code });
  });

  it('in time is unknown', () => {
    expect(readFault(new Error('no answer within 5 ms'))).toEqual({
      outcome: 'unknown',
      reason: 'no answer within 5 ms',
    });
  });
});

describe('a mix', () => {
  it('is drawn by its parts', () => {
    expect(pickKind(mixed, 0)).toBe(whoami);
    expect(pickKind(mixed, 0.55)).toBe(visit);
    expect(() => pickKind([], 0.5)).toThrow('a part above 0');
  });
});
