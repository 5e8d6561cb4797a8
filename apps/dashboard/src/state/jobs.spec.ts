/** @jest-environment node */
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { PostJob } from '@nestfleet/contracts';
import { type ManualClock, manualClock } from '../../test/manual-clock.ts';
import { type DemoBackend, createDemoBackend } from '../backends/demo.ts';
import { acknowledged } from './job-list.ts';
import { FOLLOW_INTERVAL_MS, type Jobs, createJobs } from './jobs.ts';

const post: PostJob = { name: 'demo', payload: { job: 'paint' } };
let clock: ManualClock;
let backend: DemoBackend;
let keys: string[];
let asked: string[];
let jobs: Jobs;

beforeEach(() => {
  clock = manualClock();
  const demo = createDemoBackend(clock);
  keys = [];
  asked = [];
  backend = {
    ...demo,
    enqueue: (body, key) => {
      asked.push('enqueue');
      keys.push(key);
      return demo.enqueue(body, key);
    },
    findJob: (id) => {
      asked.push('find');
      return demo.findJob(id);
    },
  };
  let made = 0;
  jobs = createJobs({
    backend,
    clock,
    report: () => undefined,
    newKey: () => `key-${(made += 1)}`,
    openSession: async () => asked.push('session'),
  });
});

const states = (): string[] => jobs.view.entries.map(({ job }) => job.state);

describe('jobs', () => {
  it('shows an enqueued job at once and follows it to its result', async () => {
    const done = jobs.enqueue(post);
    await clock.advance(20);
    await done;
    expect(states()).toEqual(['waiting']);
    expect(jobs.view.enqueuedThrough?.servedBy).toMatch(/^api-/);

    jobs.setFollowing(true);
    await clock.advance(800);
    expect(states()).toEqual(['active']);
    await clock.advance(2_000);
    expect(jobs.view.entries[0]?.job).toMatchObject({ state: 'completed', result: { job: 'paint' } });
    expect(jobs.unfinished).toEqual([]);
  });

  it('opens the session before the first enqueue', async () => {
    const done = jobs.enqueue(post);
    await clock.advance(20);
    await done;

    expect(asked).toEqual(['session', 'enqueue']);
  });

  it('tries again with the same idempotency key until the fleet has answered', async () => {
    backend.setRedisDown(true);
    const failed = jobs.enqueue(post);
    await clock.advance(20);
    await failed;
    expect(jobs.view.enqueueProblem?.problem.code).toBe('redis_unavailable');

    backend.setRedisDown(false);
    for (let time = 0; time < 2; time += 1) {
      const done = jobs.enqueue(post);
      await clock.advance(20);
      await done;
    }
    expect(keys).toEqual(['key-1', 'key-1', 'key-2']);
    expect(jobs.view.enqueueProblem).toBeNull();
    expect(jobs.view.entries).toHaveLength(2);
  });

  it('ignores a second click while an enqueue is on its way', async () => {
    const both = Promise.all([jobs.enqueue(post), jobs.enqueue(post)]);
    await clock.advance(20);
    await both;

    expect(asked).toEqual(['session', 'enqueue']);
  });

  it('takes over jobs of the same session that another page made', async () => {
    const made = backend.enqueue(post, 'elsewhere');
    await clock.advance(20);
    await made;

    jobs.setListing(true);
    await clock.advance(20);
    expect(states()).toEqual(['waiting']);
  });

  it('forgets a job that the fleet no longer has', async () => {
    jobs.view.entries = [{ job: acknowledged('demo.gone', 'demo'), askedAt: 0 }];
    jobs.setFollowing(true);
    await clock.advance(FOLLOW_INTERVAL_MS);

    expect(asked).toContain('find');
    expect(jobs.view.entries).toEqual([]);
  });
});
