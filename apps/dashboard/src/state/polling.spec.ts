/** @jest-environment node */
import { describe, expect, it } from '@jest/globals';
import { manualClock } from '../../test/manual-clock.ts';
import { type BackendProblem } from '../backends/backend.ts';
import { pageProblem } from '../backends/errors.ts';
import { BACKOFF_MAX_MS, createPoller, nextDelayMs } from './polling.ts';

describe('nextDelayMs', () => {
  it.each([
    ['goes on at the interval while all is well', { failures: 0, retryAfterMs: null, random: 0.9 }, 1_000],
    ['doubles after a failure', { failures: 1, retryAfterMs: null, random: 0 }, 2_000],
    ['doubles again', { failures: 2, retryAfterMs: null, random: 0 }, 4_000],
    ['stops growing', { failures: 30, retryAfterMs: null, random: 0 }, BACKOFF_MAX_MS],
    ['waits as long as the fleet asks', { failures: 1, retryAfterMs: 20_000, random: 0 }, 20_000],
    ['waits its own time where the fleet asks for less', { failures: 2, retryAfterMs: 1_000, random: 0 }, 4_000],
    ['does not believe a wait of a day', { failures: 1, retryAfterMs: 86_400_000, random: 0 }, 60_000],
    ['adds up to a quarter of chance', { failures: 1, retryAfterMs: null, random: 1 }, 2_500],
  ])('%s', (_name, poll, expected) => {
    expect(nextDelayMs({ intervalMs: 1_000, ...poll })).toBe(expected);
  });
});

function pollerOver(work: () => Promise<void>) {
  const clock = manualClock(0, 0);
  const reported: (BackendProblem | null)[] = [];
  const poller = createPoller(work, { intervalMs: 1_000, clock, report: (problem) => reported.push(problem) });
  return { clock, poller, reported };
}

describe('poller', () => {
  it('runs at once, then at the interval, and not any more once inactive', async () => {
    let runs = 0;
    const { clock, poller } = pollerOver(async () => {
      runs += 1;
    });

    await clock.advance(5_000);
    expect(runs).toBe(0);
    poller.setActive(true);
    await clock.advance(3_000);
    expect(runs).toBe(4);
    poller.setActive(false);
    await clock.advance(60_000);
    expect(runs).toBe(4);
    expect(poller.state.nextAtMs).toBeNull();
  });

  it('runs by hand while inactive without planning another run', async () => {
    let runs = 0;
    const { clock, poller } = pollerOver(async () => {
      runs += 1;
    });

    await expect(poller.runNow()).resolves.toBe(true);
    await clock.advance(60_000);
    expect(runs).toBe(1);
  });

  it('never has two runs in flight: a slow answer is joined and the wait begins at its end', async () => {
    let runs = 0;
    const answer = Promise.withResolvers<void>();
    const { clock, poller } = pollerOver(() => {
      runs += 1;
      return answer.promise;
    });

    poller.setActive(true);
    await clock.advance(10_000);
    const joined = poller.runNow();
    expect(runs).toBe(1);
    expect(poller.state.busy).toBe(true);
    answer.resolve();
    await expect(joined).resolves.toBe(true);
    expect(poller.state.nextAtMs).toBe(11_000);
    await clock.advance(1_000);
    expect(runs).toBe(2);
  });

  it('backs off while it fails and recovers alone', async () => {
    let isDown = true;
    const runsAtMs: number[] = [];
    const { clock, poller, reported } = pollerOver(async () => {
      runsAtMs.push(clock.nowMs());
      if (isDown) throw pageProblem('edge_unreachable', 'x');
    });

    poller.setActive(true);
    await clock.advance(12_000);
    expect(runsAtMs).toEqual([0, 2_000, 6_000, 11_000]);
    expect(reported.map((problem) => problem?.problem.code)).toEqual(Array(4).fill('edge_unreachable'));
    isDown = false;
    await clock.advance(BACKOFF_MAX_MS);
    expect(reported.at(-1)).toBeNull();
    expect(poller.state.failures).toBe(0);
    expect(runsAtMs.slice(-2)).toEqual([16_000, 17_000]);
  });
});
