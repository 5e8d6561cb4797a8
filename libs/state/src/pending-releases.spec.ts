import { beforeEach, describe, expect, it } from '@jest/globals';
import { StateError } from './errors.ts';
import { PENDING_MAX, PendingReleases, retryDelayMs } from './pending-releases.ts';

const UNAVAILABLE = new StateError('state_unavailable', 'unreachable');

let nowMs: number;
let planned: { atMs: number; work: () => void } | undefined;
let pending: PendingReleases;

beforeEach(() => {
  [nowMs, planned] = [0, undefined];
  pending = new PendingReleases((work, ms) => {
    if (planned !== undefined) throw new Error('a second timer');
    planned = { atMs: nowMs + ms, work };
    return () => void (planned = undefined);
  });
});

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Lets all rounds begin that are planned until then. */
async function until(ms: number): Promise<void> {
  await settled();
  while (planned !== undefined && planned.atMs <= ms) {
    const { atMs, work } = planned;
    [nowMs, planned] = [atMs, undefined];
    work();
    await settled();
  }
  nowMs = ms;
}

/** A release with these answers, the last of them for ever, and the times at which it was tried. */
function add(...answers: (boolean | Error)[]): number[] {
  const triedMs: number[] = [];
  pending.add(async () => {
    const answer = answers[Math.min(triedMs.push(nowMs), answers.length) - 1]!;
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return triedMs;
}

describe('PendingReleases', () => {
  it('waits longer after each failed round, one second at most', () => {
    expect([0, 1, 2, 3, 4, 5_000].map(retryDelayMs)).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it('tries at once, and no more when it was done', async () => {
    const triedMs = add(true);
    await until(10_000);
    expect(triedMs).toEqual([0]);
  });

  it('tries again while the store is unavailable, for however long, until it was done', async () => {
    const triedMs = add(
      UNAVAILABLE,
      new StateError('state_outcome_unknown', 'lost'),
      UNAVAILABLE,
      UNAVAILABLE,
      UNAVAILABLE,
      UNAVAILABLE,
      true,
    );
    await until(100_000);
    expect(triedMs).toEqual([0, 100, 300, 700, 1_500, 2_500, 3_500]);
  });

  it('comes back soon for the others when one was let through', async () => {
    const failures = [UNAVAILABLE, UNAVAILABLE, UNAVAILABLE, UNAVAILABLE];
    const first = add(...failures, true);
    const second = add(...failures, UNAVAILABLE, true);
    await until(100_000);
    expect(first).toEqual([0, 100, 300, 700, 1_500]);
    expect(second).toEqual([0, 100, 300, 700, 1_500, 1_600]);
  });

  it('asks a second time after it was not ours, as it may be taken only then, and not a third time', async () => {
    const triedMs = add(false);
    await until(10_000);
    expect(triedMs).toEqual([0, 100]);
  });

  it('does not try again what will never be done', async () => {
    const triedMs = add(new StateError('wrong_type', 'somebody else wrote it'));
    await until(10_000);
    expect(triedMs).toEqual([0]);
  });

  it('keeps so many and no more; the rest is tried once', async () => {
    const all = Array.from({ length: PENDING_MAX + 1 }, () => add(UNAVAILABLE, true));
    await until(10_000);
    expect(all.at(-2)).toEqual([0, 100]);
    expect(all.at(-1)).toEqual([0]);
  });

  it.each(['while it waits', 'while a try is under way'])('tries nothing after it was closed %s', async (when) => {
    const triedMs = add(UNAVAILABLE);
    if (when === 'while it waits') await until(50);
    pending.close();
    expect(planned).toBeUndefined();
    await until(10_000);
    expect(triedMs).toEqual([0]);
  });

  it('tries once what is added after it was closed', async () => {
    pending.close();
    const triedMs = add(UNAVAILABLE);
    await until(10_000);
    expect(triedMs).toEqual([0]);
  });
});
