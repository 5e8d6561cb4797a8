import { describe, expect, it } from '@jest/globals';
import {
  becameReady,
  describeEnd,
  ended,
  hasFailed,
  stopping,
  initialLifecycle,
  started,
  type RunEnd,
} from './lifecycle.ts';

const crash: RunEnd = { how: 'exit', code: 1, signal: null };
const exit = (code: number): RunEnd => ({ how: 'exit', code, signal: null });

const afterEnds = (ends: RunEnd[], hasBeenReady = false) =>
  ends.reduce((lifecycle, end) => ended(started(lifecycle), end, 0, 0), { ...initialLifecycle, hasBeenReady });

describe('a lifecycle', () => {
  it('backs off longer with each failure in a row, and counts its restarts', () => {
    const once = ended(started(initialLifecycle), crash, 1_000, 0);
    expect(once).toMatchObject({ phase: 'backing-off', failures: 1, restarts: 0, retryAtMs: 1_200 });
    const twice = ended(started(once), crash, 2_000, 0);
    expect(twice).toMatchObject({ failures: 2, restarts: 1, retryAtMs: 2_400 });
  });

  it('forgets its failures only after 30 s of health', () => {
    const failedOnce = ended(started(initialLifecycle), crash, 0, 0);
    const ready = becameReady(started(failedOnce), 10_000);
    expect(ended(ready, crash, 39_999, 0)).toMatchObject({ failures: 2 });
    expect(ended(ready, crash, 40_000, 0)).toMatchObject({ failures: 1, retryAtMs: 40_200 });
  });

  it('is gone when it ends while it shuts down, whatever the code', () => {
    const left = ended(stopping(becameReady(started(initialLifecycle), 0)), crash, 5, 0);
    expect(left.phase).toBe('gone');
  });

  it('is gone at once when stopped between two runs', () => {
    expect(stopping(ended(started(initialLifecycle), crash, 0, 0)).phase).toBe('gone');
  });

  it('does not become ready any more once it shuts down', () => {
    expect(becameReady(stopping(started(initialLifecycle)), 1).phase).toBe('leaving');
  });
});

describe('hasFailed', () => {
  it.each([
    ['two early crashes', afterEnds([crash, crash]), false],
    ['three early crashes', afterEnds([crash, crash, crash]), true],
    ['wrong settings', afterEnds([exit(78)]), true],
    ['not ready in time', afterEnds([{ how: 'not-ready', message: 'was not ready within 60 s' }]), true],
    ['no program', afterEnds([{ how: 'spawn-failed', message: 'ENOENT' }]), true],
    ['many crashes of one that was ready once', afterEnds([crash, crash, crash, crash], true), false],
  ])('%s', (_, lifecycle, expected) => {
    expect(hasFailed(lifecycle)).toBe(expected);
  });
});

describe('describeEnd', () => {
  it('names the signal, the code and what 78 means', () => {
    expect(describeEnd({ how: 'exit', code: null, signal: 'SIGKILL' })).toBe('ended by SIGKILL');
    expect(describeEnd(exit(3))).toBe('ended with code 3');
    expect(describeEnd(exit(78))).toContain('settings');
  });
});
