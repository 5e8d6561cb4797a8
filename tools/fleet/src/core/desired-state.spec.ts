import { describe, expect, it } from '@jest/globals';
import { assess } from './desired-state.ts';
import { becameReady, ended, stopping, initialLifecycle, started } from './lifecycle.ts';
import type { Member } from './plan.ts';
import { noCounts } from './services.ts';

const ready = becameReady(started(initialLifecycle), 0);
const member = (slot: number, lifecycle = ready): Member => ({ service: 'api', slot, lifecycle, retiring: false });
const desired = { ...noCounts, api: 2 };

describe('assess', () => {
  it('is reached when just the desired ones are ready', () => {
    expect(assess(desired, [member(1), member(2)])).toEqual({ is: 'reached' });
    expect(assess(noCounts, [])).toEqual({ is: 'reached' });
  });

  it('is pending while one is missing, starting, leaving or backing off', () => {
    const crashed = ended(ready, { how: 'exit', code: 1, signal: null }, 0, 0);
    expect(assess(desired, [member(1)]).is).toBe('pending');
    expect(assess(desired, [member(1), member(2, started(initialLifecycle))]).is).toBe('pending');
    expect(assess(desired, [member(1), member(2), member(3, stopping(ready))]).is).toBe('pending');
    expect(assess(desired, [member(1), member(2, crashed)]).is).toBe('pending');
  });

  it('is pending while one is to be replaced', () => {
    expect(assess(desired, [{ ...member(1), retiring: true }, member(2)]).is).toBe('pending');
  });

  it('blames the one that will never get ready', () => {
    const wrong = ended(started(initialLifecycle), { how: 'exit', code: 78, signal: null }, 0, 0);
    expect(assess(desired, [member(1), member(2, wrong)])).toEqual({ is: 'failed', member: member(2, wrong) });
  });
});
