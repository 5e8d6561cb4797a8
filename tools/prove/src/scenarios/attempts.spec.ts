import { describe, expect, it } from '@jest/globals';
import type { LogEvent } from '../driver/fleet-driver.ts';
import { attemptsAt, failedAttemptCount } from './attempts.ts';

const line = (by: string, atMs: number, fields: Record<string, unknown> = {}): LogEvent => ({
  by,
  event: 'proxy.attempt_failed',
  atMs,
  fields: { instance_id: 'api-1-1', ...fields },
});
const unlogged = (count: number): LogEvent => ({
  by: 'gateway-1',
  event: 'proxy.attempts_unlogged',
  atMs: 9,
  fields: { count },
});

describe('failed attempts', () => {
  it('count with those that a gateway left out of its log', () => {
    expect(failedAttemptCount([])).toBe(0);
    expect(failedAttemptCount([line('gateway-1', 1), line('gateway-2', 2), unlogged(180), unlogged(7)])).toBe(189);
    expect(failedAttemptCount([{ ...line('gateway-1', 1), event: 'other' }])).toBe(0);
  });

  it('at one instance are told with the longest span of a gateway', () => {
    const events = [line('gateway-1', 10), line('gateway-2', 40), line('gateway-1', 15), line('gateway-2', 42)];
    expect(attemptsAt([...events, line('gateway-1', 900, { instance_id: 'other' })], 'api-1-1')).toEqual({
      count: 4,
      spanMs: 5,
    });
    expect(attemptsAt([], 'api-1-1')).toEqual({ count: 0, spanMs: 0 });
  });
});
