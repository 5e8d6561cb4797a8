import { describe, expect, it } from '@jest/globals';
import { demoJob } from '@nestfleet/contracts';
import { defineQueue } from './queue.ts';

describe('defineQueue', () => {
  it('takes its name from the descriptor', () => {
    const queue = defineQueue(demoJob);
    expect(queue).toEqual({ name: 'demo', descriptor: demoJob });
  });

  it.each([
    ['a name that would break the job id', { name: 'De.mo' }, /name "De\.mo"/],
    ['a name that is too long', { name: 'a'.repeat(32) }, /must match/],
    ['no version', { version: 0 }, /version/],
    ['no attempts', { attempts: 0 }, /attempts/],
    ['a negative back-off', { backoffMs: -1 }, /backoffMs/],
    ['half a job at a time', { concurrency: 0.5 }, /concurrency/],
    ['no room for a job', { backlogMax: 0 }, /backlogMax/],
  ])('refuses %s', (_what, fault, message) => {
    expect(() => defineQueue({ ...demoJob, ...fault })).toThrow(message);
  });
});
