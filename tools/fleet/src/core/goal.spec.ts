import { describe, expect, it } from '@jest/globals';
import { judge } from './goal.ts';
import { becameReady, ended, leaving, newborn, started } from './life.ts';
import type { Member } from './plan.ts';
import { noCounts } from './services.ts';

const ready = becameReady(started(newborn), 0);
const member = (slot: number, life = ready): Member => ({ service: 'api', slot, life, retiring: false });
const wanted = { ...noCounts, api: 2 };

describe('judge', () => {
  it('is reached when just the wanted ones are ready', () => {
    expect(judge(wanted, [member(1), member(2)])).toEqual({ is: 'reached' });
    expect(judge(noCounts, [])).toEqual({ is: 'reached' });
  });

  it('is pending while one is missing, starting, leaving or backing off', () => {
    const crashed = ended(ready, { how: 'exit', code: 1, signal: null }, 0, 0);
    expect(judge(wanted, [member(1)]).is).toBe('pending');
    expect(judge(wanted, [member(1), member(2, started(newborn))]).is).toBe('pending');
    expect(judge(wanted, [member(1), member(2), member(3, leaving(ready))]).is).toBe('pending');
    expect(judge(wanted, [member(1), member(2, crashed)]).is).toBe('pending');
  });

  it('is pending while one is to be replaced', () => {
    expect(judge(wanted, [{ ...member(1), retiring: true }, member(2)]).is).toBe('pending');
  });

  it('blames the one that will never get ready', () => {
    const wrong = ended(started(newborn), { how: 'exit', code: 78, signal: null }, 0, 0);
    expect(judge(wanted, [member(1), member(2, wrong)])).toEqual({ is: 'hopeless', member: member(2, wrong) });
  });
});
