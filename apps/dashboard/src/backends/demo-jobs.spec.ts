/** @jest-environment node */
import { describe, expect, it } from '@jest/globals';
import { type DemoJob, countPrimes, jobAt } from './demo-jobs.ts';

describe('jobs of the demo', () => {
  it('wait, run with growing progress and complete with a result of the contract', () => {
    const demo: DemoJob = {
      id: 'demo.1',
      post: { name: 'demo', payload: { job: 'x' } },
      enqueuedAtMs: 0,
      worker: 'worker-1',
    };

    expect(jobAt(demo, 0)).toMatchObject({ state: 'waiting', processed_by: null });
    expect(jobAt(demo, 850)).toMatchObject({ state: 'active', progress: 50, processed_by: 'worker-1', attempts: 1 });
    expect(jobAt(demo, 9_000)).toMatchObject({
      state: 'completed',
      progress: 100,
      result: { job: 'x', written: 'written by worker-1' },
    });
  });

  it('fail as often as asked, wait between attempts, then work', () => {
    const flaky: DemoJob = {
      id: 'flaky.1',
      post: { name: 'flaky', payload: { failures: 2 } },
      enqueuedAtMs: 0,
      worker: 'w',
    };

    expect(jobAt(flaky, 900)).toMatchObject({ state: 'delayed', attempts: 1 });
    expect(jobAt(flaky, 1_050)).toMatchObject({ state: 'active', attempts: 2 });
    expect(jobAt(flaky, 60_000)).toMatchObject({
      state: 'completed',
      attempts: 3,
      result: { attempts: 3 },
      error: null,
    });
  });

  it.each([
    [2, 0],
    [3, 1],
    [100, 25],
    [1_000, 168],
  ])('counts the primes below %i', (below, primes) => {
    expect(countPrimes(below)).toBe(primes);
  });
});
