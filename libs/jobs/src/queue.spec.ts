import { describe, expect, it } from '@jest/globals';
import { demoJob, type Upcaster } from '@nestfleet/contracts';
import { defineQueue } from './queue.ts';

const same = (payload: unknown): unknown => payload;

describe('defineQueue', () => {
  it('takes its name from the descriptor', () => {
    const queue = defineQueue(demoJob);
    expect(queue).toMatchObject({ name: 'demo', descriptor: demoJob });
  });

  it.each([
    ['a name that would break the job id', { name: 'De.mo' }, /name "De\.mo"/],
    ['a name that is too long', { name: 'a'.repeat(32) }, /must match/],
    ['no version', { version: 0 }, /version/],
    ['no attempts', { attempts: 0 }, /attempts/],
    ['a negative back-off', { backoffMs: -1 }, /backoffMs/],
    ['half a job at a time', { concurrency: 0.5 }, /concurrency/],
    ['a bound that is none', { errorMaxBytes: -1 }, /errorMaxBytes/],
    ['a gap between versions', { version: 4, upcast: { 1: same, 3: same } }, /it lifts 1, 3/],
    ['a version that is lifted to none', { version: 3, upcast: { 1: same } }, /upcast/],
    ['a step from its own version', { version: 2, upcast: { 1: same, 2: same } }, /upcast/],
    ['a step from no version', { version: 1, upcast: { 0: same } }, /upcast/],
    ['no room for a job', { backlogMax: 0 }, /backlogMax/],
  ])('refuses %s', (_what, fault, message) => {
    expect(() => defineQueue({ ...demoJob, ...fault })).toThrow(message);
  });

  it.each<Readonly<Record<number, Upcaster>>>([{}, { 3: same }, { 2: same, 3: same }])(
    'takes upcasters without a gap (%#)',
    (upcast) => {
      expect(defineQueue({ ...demoJob, version: 4, upcast }).name).toBe('demo');
    },
  );
});
