import { describe, expect, it } from '@jest/globals';
import { attemptLog } from './attempt-log.ts';

const failed = { instanceId: 'api-1-1', outcome: 'refused', error: new Error('x'), willRetry: true } as const;

describe('attemptLog', () => {
  it('says which replica failed, how, and whether the request goes elsewhere', () => {
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

  it('is bounded while all replicas are away, and says what it left out', () => {
    const lines: unknown[] = [];
    let nowMs = 0;
    const note = attemptLog({ warn: (line: unknown) => void lines.push(line) }, () => nowMs);
    for (let i = 0; i < 200; i += 1) note(failed);
    expect(lines).toHaveLength(20);
    nowMs = 1_000;
    note(failed);
    note(failed);
    expect(lines[20]).toMatchObject({ unlogged: 180 });
    expect(lines[21]).not.toHaveProperty('unlogged');
  });
});
