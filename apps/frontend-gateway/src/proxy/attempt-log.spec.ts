import { describe, expect, it } from '@jest/globals';
import { attemptLog } from './attempt-log.ts';

const failed = { instanceId: 'api-1-1', outcome: 'refused', error: new Error('x'), stop: undefined } as const;

describe('attemptLog', () => {
  it('logs which replica failed, how, and whether the request is retried', () => {
    const lines: unknown[] = [];
    attemptLog({ warn: (line: unknown) => void lines.push(line) }, () => 0)(failed);
    expect(lines).toEqual([
      {
        event: 'proxy.attempt_failed',
        instance_id: 'api-1-1',
        outcome: 'refused',
        will_retry: true,
        err: failed.error,
      },
    ]);
  });

  it('logs why the request is not retried', () => {
    const lines: unknown[] = [];
    attemptLog({ warn: (line: unknown) => void lines.push(line) }, () => 0)({ ...failed, stop: 'no_other_host' });
    expect(lines).toEqual([expect.objectContaining({ will_retry: false, retry_stop: 'no_other_host' })]);
  });

  it('is bounded while all replicas are unreachable, and logs a second later how many it left out', () => {
    const lines: unknown[] = [];
    const timers: (() => void)[] = [];
    let nowMs = 0;
    const later = (ms: number, run: () => void): void => {
      expect(ms).toBe(1_000);
      timers.push(run);
    };
    const note = attemptLog({ warn: (line: unknown) => void lines.push(line) }, () => nowMs, later);
    for (let i = 0; i < 200; i += 1) note(failed);
    expect(lines).toHaveLength(20);
    expect(timers).toHaveLength(1);
    nowMs = 1_000;
    note(failed);
    // Nothing need follow: also the end of an outage is told.
    timers.shift()?.();
    expect(lines.slice(20)).toEqual([
      expect.objectContaining({ event: 'proxy.attempt_failed' }),
      { event: 'proxy.attempts_unlogged', count: 180 },
    ]);
    for (let i = 0; i < 20; i += 1) note(failed);
    expect(timers).toHaveLength(1);
    timers.shift()?.();
    expect(lines.at(-1)).toEqual({ event: 'proxy.attempts_unlogged', count: 1 });
  });
});
