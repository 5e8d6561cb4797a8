import { describe, expect, it } from '@jest/globals';
import { becameReady, endInWords, ended, isHopeless, leaving, newborn, started, type End } from './life.ts';

const crash: End = { how: 'exit', code: 1, signal: null };
const exit = (code: number): End => ({ how: 'exit', code, signal: null });

const afterEnds = (ends: End[], everReady = false) =>
  ends.reduce((life, end) => ended(started(life), end, 0, 0), { ...newborn, everReady });

describe('a life', () => {
  it('backs off longer with each failure in a row, and counts its restarts', () => {
    const once = ended(started(newborn), crash, 1_000, 0);
    expect(once).toMatchObject({ phase: 'backing-off', failures: 1, restarts: 0, retryAtMs: 1_200 });
    const twice = ended(started(once), crash, 2_000, 0);
    expect(twice).toMatchObject({ failures: 2, restarts: 1, retryAtMs: 2_400 });
  });

  it('forgets its failures only after 30 s of health', () => {
    const failedOnce = ended(started(newborn), crash, 0, 0);
    const ready = becameReady(started(failedOnce), 10_000);
    expect(ended(ready, crash, 39_999, 0)).toMatchObject({ failures: 2 });
    expect(ended(ready, crash, 40_000, 0)).toMatchObject({ failures: 1, retryAtMs: 40_200 });
  });

  it('is gone when it ends while leaving, whatever the code', () => {
    const left = ended(leaving(becameReady(started(newborn), 0)), crash, 5, 0);
    expect(left.phase).toBe('gone');
  });

  it('is gone at once when told to leave between two runs', () => {
    expect(leaving(ended(started(newborn), crash, 0, 0)).phase).toBe('gone');
  });

  it('does not become ready any more once it leaves', () => {
    expect(becameReady(leaving(started(newborn)), 1).phase).toBe('leaving');
  });
});

describe('isHopeless', () => {
  it.each([
    ['two early crashes', afterEnds([crash, crash]), false],
    ['three early crashes', afterEnds([crash, crash, crash]), true],
    ['wrong settings', afterEnds([exit(78)]), true],
    ['not ready in time', afterEnds([{ how: 'never-ready', words: 'was not ready within 60 s' }]), true],
    ['no program', afterEnds([{ how: 'unstartable', words: 'ENOENT' }]), true],
    ['many crashes of one that was ready once', afterEnds([crash, crash, crash, crash], true), false],
  ])('%s', (_, life, expected) => {
    expect(isHopeless(life)).toBe(expected);
  });
});

describe('endInWords', () => {
  it('names the signal, the code and what 78 means', () => {
    expect(endInWords({ how: 'exit', code: null, signal: 'SIGKILL' })).toBe('ended by SIGKILL');
    expect(endInWords(exit(3))).toBe('ended with code 3');
    expect(endInWords(exit(78))).toContain('settings');
  });
});
