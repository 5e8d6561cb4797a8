import { beforeEach, describe, expect, it } from '@jest/globals';
import { StateError } from './errors.ts';
import { OWED_MAX, OwedReleases, againInMs } from './owed-releases.ts';

const AWAY = new StateError('state_unavailable', 'away');

let nowMs: number;
let planned: { atMs: number; work: () => void } | undefined;
let owed: OwedReleases;

beforeEach(() => {
  [nowMs, planned] = [0, undefined];
  owed = new OwedReleases((work, ms) => {
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
function owe(...answers: (boolean | Error)[]): number[] {
  const triedMs: number[] = [];
  owed.owe(async () => {
    const answer = answers[Math.min(triedMs.push(nowMs), answers.length) - 1]!;
    if (answer instanceof Error) throw answer;
    return answer;
  });
  return triedMs;
}

describe('OwedReleases', () => {
  it('waits longer after each round in vain, one second at most', () => {
    expect([0, 1, 2, 3, 4, 5_000].map(againInMs)).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  it('tries at once, and no more when it was done', async () => {
    const triedMs = owe(true);
    await until(10_000);
    expect(triedMs).toEqual([0]);
  });

  it('tries again while the store is away, for however long, until it was done', async () => {
    const triedMs = owe(AWAY, new StateError('state_outcome_unknown', 'lost'), AWAY, AWAY, AWAY, AWAY, true);
    await until(100_000);
    expect(triedMs).toEqual([0, 100, 300, 700, 1_500, 2_500, 3_500]);
  });

  it('comes back soon for the others when one was let through', async () => {
    const away = [AWAY, AWAY, AWAY, AWAY];
    const first = owe(...away, true);
    const second = owe(...away, AWAY, true);
    await until(100_000);
    expect(first).toEqual([0, 100, 300, 700, 1_500]);
    expect(second).toEqual([0, 100, 300, 700, 1_500, 1_600]);
  });

  it('asks a second time after it was not ours, as it may be taken only then, and not a third time', async () => {
    const triedMs = owe(false);
    await until(10_000);
    expect(triedMs).toEqual([0, 100]);
  });

  it('does not try again what will never be done', async () => {
    const triedMs = owe(new StateError('wrong_type', 'somebody else wrote it'));
    await until(10_000);
    expect(triedMs).toEqual([0]);
  });

  it('keeps so many and no more; the rest is tried once', async () => {
    const all = Array.from({ length: OWED_MAX + 1 }, () => owe(AWAY, true));
    await until(10_000);
    expect(all.at(-2)).toEqual([0, 100]);
    expect(all.at(-1)).toEqual([0]);
  });

  it.each(['while it waits', 'while a try is under way'])('tries nothing after it was closed %s', async (when) => {
    const triedMs = owe(AWAY);
    if (when === 'while it waits') await until(50);
    owed.close();
    expect(planned).toBeUndefined();
    await until(10_000);
    expect(triedMs).toEqual([0]);
  });

  it('tries once what is owed after it was closed', async () => {
    owed.close();
    const triedMs = owe(AWAY);
    await until(10_000);
    expect(triedMs).toEqual([0]);
  });
});
