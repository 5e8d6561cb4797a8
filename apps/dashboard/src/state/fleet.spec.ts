/** @jest-environment node */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SERVICE_NAMES } from '@nestfleet/contracts';
import { type ManualClock, manualClock } from '../../test/manual-clock.ts';
import { type DemoBackend, createDemoBackend } from '../backends/demo.ts';
import { type Fleet, createFleet } from './fleet.ts';
import { BACKOFF_MAX_MS } from './polling.ts';
import { BURST_VISITS, HISTORY_MAX } from './visits.ts';

let clock: ManualClock;
let backend: DemoBackend;
let fleet: Fleet;
let asked: Record<'visit' | 'enqueue' | 'listJobs' | 'findJob' | 'topology', number>;
let tab: { hidden: boolean; changed: () => void };

beforeEach(() => {
  clock = manualClock();
  asked = { visit: 0, enqueue: 0, listJobs: 0, findJob: 0, topology: 0 };
  tab = { hidden: false, changed: () => undefined };
  const demo = createDemoBackend(clock);
  const count = (name: keyof typeof asked): DemoBackend => {
    asked[name] += 1;
    return demo;
  };
  backend = {
    ...demo,
    visit: () => count('visit').visit(),
    enqueue: (post, key) => count('enqueue').enqueue(post, key),
    listJobs: (limit) => count('listJobs').listJobs(limit),
    findJob: (id) => count('findJob').findJob(id),
    topology: () => count('topology').topology(),
  };
  fleet = createFleet({
    backend,
    clock,
    visibility: {
      hidden: () => tab.hidden,
      subscribe: (changed) => {
        tab.changed = changed;
        return () => undefined;
      },
    },
    newKey: () => `key-${clock.random()}`,
  });
});
afterEach(() => fleet?.dispose());

function hide(hidden: boolean): void {
  tab.hidden = hidden;
  tab.changed();
}

describe('fleet', () => {
  it('polls visits every 1.5 s and asks for jobs only once it has a session', async () => {
    expect(asked).toMatchObject({ visit: 1, listJobs: 0, topology: 1 });
    await clock.advance(6_100);

    expect(asked.visit).toBe(5);
    expect(asked.listJobs).toBe(2);
    expect(fleet.visits.view.last?.body.session_count).toBe(4 + 1);
    expect(fleet.topology.view.last?.services.map((service) => service.name)).toEqual(SERVICE_NAMES);
  });

  it('opens one session: whatever is clicked before the first visit is answered waits for it', async () => {
    const clicked = [
      fleet.visits.burst(),
      fleet.visits.visitNow(),
      fleet.tryNow(),
      fleet.jobs.enqueue({ name: 'demo', payload: { job: 'x' } }),
    ];
    for (const hidden of [true, false]) hide(hidden);
    fleet.togglePause();
    fleet.togglePause();
    await clock.advance(0);
    // Each visit without a cookie would open a session of its own, and the cookie comes with the answer.
    expect(asked).toMatchObject({ visit: 1, enqueue: 0, listJobs: 0 });
    expect(fleet.visits.view.last).toBeNull();

    await clock.advance(30_000);
    await Promise.all(clicked);
    expect(asked.enqueue).toBe(1);
  });

  it('asks for nothing while paused, except for jobs that somebody waits for, and goes on at once', async () => {
    await clock.advance(100);
    fleet.togglePause();
    expect(fleet.status).toBe('paused');
    const before = { ...asked };
    await clock.advance(30_000);
    expect(asked).toEqual(before);

    const done = fleet.jobs.enqueue({ name: 'demo', payload: { job: 'x' } });
    await clock.advance(4_000);
    await done;
    expect(fleet.jobs.view.entries[0]?.job.state).toBe('completed');
    expect(asked).toEqual({ ...before, enqueue: before.enqueue + 1, findJob: expect.any(Number) });

    fleet.togglePause();
    expect(asked.visit).toBe(before.visit + 1);
    expect(fleet.status).toBe('live');
  });

  it('asks for nothing at all while the tab is hidden', async () => {
    await clock.advance(100);
    const done = fleet.jobs.enqueue({ name: 'primes', payload: { below: 1_000 } });
    await clock.advance(50);
    await done;
    hide(true);
    await clock.advance(20);
    const before = { ...asked };
    await clock.advance(60_000);
    expect(asked).toEqual(before);
    expect(fleet.status).toBe('hidden');

    hide(false);
    await clock.advance(50);
    expect(asked.visit).toBe(before.visit + 1);
    expect(fleet.jobs.view.entries[0]?.job.state).toBe('completed');
  });

  it('a tab that comes back stays paused if it was', async () => {
    await clock.advance(100);
    fleet.togglePause();
    hide(true);
    hide(false);
    const before = asked.visit;
    await clock.advance(10_000);

    expect(asked.visit).toBe(before);
  });

  it('keeps the last good data while Redis is unavailable, asks less often, and recovers alone', async () => {
    await clock.advance(3_100);
    const good = fleet.visits.view.last;
    backend.setRedisDown(true);
    const before = asked.visit;
    await clock.advance(30_000);

    expect(fleet.trouble).toMatchObject({ source: 'visits', problem: { problem: { code: 'redis_unavailable' } } });
    expect(fleet.status).toBe('backing-off');
    expect(fleet.visits.view.last).toEqual(good);
    expect(asked.visit - before).toBeLessThan(9);

    backend.setRedisDown(false);
    await clock.advance(BACKOFF_MAX_MS * 1.25 + 100);
    expect(fleet.trouble).toBeNull();
    expect(fleet.status).toBe('live');
    expect(fleet.visits.view.last?.body.session_count).toBeGreaterThan(good?.body.session_count ?? 0);
  });

  it('asks again at once when told to', async () => {
    await clock.advance(100);
    backend.setRedisDown(true);
    await clock.advance(5_000);
    backend.setRedisDown(false);
    const tried = fleet.tryNow();
    await clock.advance(50);
    await tried;

    expect(fleet.trouble).toBeNull();
  });

  it('an enqueue before the first visit waits for the session, and tells when there is none to have', async () => {
    backend.setRedisDown(true);
    const done = fleet.jobs.enqueue({ name: 'demo', payload: { job: 'x' } });
    await clock.advance(100);
    await done;

    expect(fleet.jobs.view.enqueueProblem?.problem.code).toBe('redis_unavailable');
  });

  it('a burst is 20 visits, also while paused, and ends at the first problem', async () => {
    await clock.advance(100);
    fleet.togglePause();
    const before = asked.visit;
    const twice = Promise.all([fleet.visits.burst(), fleet.visits.burst()]);
    await clock.advance(1_000);
    await twice;
    expect(asked.visit - before).toBe(BURST_VISITS);
    expect(fleet.visits.view.burstDone).toBeNull();
    expect(fleet.visits.shares.reduce((sum, share) => sum + share.percent, 0)).toBe(100);

    backend.setRedisDown(true);
    const failing = fleet.visits.burst();
    await clock.advance(1_000);
    await failing;
    expect(asked.visit - before).toBe(BURST_VISITS + 1);
  });

  it('remembers a bounded number of visits', async () => {
    for (let burst = 0; burst < 4; burst += 1) {
      const done = fleet.visits.burst();
      await clock.advance(1_000);
      await done;
    }

    expect(fleet.visits.view.history).toHaveLength(HISTORY_MAX);
  });

  it('leaves no timer behind', async () => {
    await clock.advance(5_000);
    fleet.dispose();
    await clock.advance(1_000);

    expect(clock.pending()).toBe(0);
  });
});
