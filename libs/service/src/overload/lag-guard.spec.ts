import { beforeEach, describe, expect, it } from '@jest/globals';
import { LagGuard } from './lag-guard.ts';

let nowMs = 0;
let idleMs = 0;
/** Mean lag of what is measured; undefined: the loop has not turned. */
let meanLagMs: number | undefined;
let turnEnds: (() => void)[] = [];

const guardOf = (): LagGuard =>
  new LagGuard(
    { lagMaxMs: 50, standingMs: 300 },
    {
      nowMs: () => nowMs,
      idleMs: () => idleMs,
      takeMeanLagMs: () => meanLagMs,
      onTurnEnd: (callback) => void turnEnds.push(callback),
    },
  );

const endTurn = (): void => turnEnds.splice(0).forEach((end) => end());

/** A request at each of these times, each in a turn of its own. @returns which of them are refused */
const refusedAt = (guard: LagGuard, ...times: number[]): number[] =>
  times.filter((atMs) => {
    nowMs = atMs;
    const isRefused = guard.refuses();
    endTurn();
    return isRefused;
  });

/** A guard that has seen the loop late for as long as it takes, and is in the middle of none. */
function standingGuard(): LagGuard {
  const guard = guardOf();
  meanLagMs = 51;
  expect(refusedAt(guard, 100, 200, 300, 399)).toEqual([]);
  expect(refusedAt(guard, 400)).toEqual([]);
  return guard;
}

beforeEach(() => {
  nowMs = 0;
  idleMs = 0;
  meanLagMs = 0;
  turnEnds = [];
});

describe('LagGuard', () => {
  it('refuses in a turn what has waited in it for longer than the limit, and not the rest', () => {
    const guard = standingGuard();
    nowMs = 410;
    expect(guard.refuses()).toBe(false);
    nowMs = 450;
    expect(guard.refuses()).toBe(false);
    nowMs = 451;
    expect(guard.refuses()).toBe(true);
    endTurn();
    nowMs = 452;
    expect(guard.refuses()).toBe(false);
  });

  it('counts what the loop did before the first request of a turn, and not what it waited for', () => {
    const guard = standingGuard();
    idleMs = 10;
    expect(refusedAt(guard, 460)).toEqual([]);
    idleMs = 10;
    expect(refusedAt(guard, 511)).toEqual([511]);
    idleMs = 60;
    expect(refusedAt(guard, 570)).toEqual([]);
  });

  it('refuses nothing before the loop has been late for long enough', () => {
    const guard = guardOf();
    meanLagMs = 1_000;
    expect(refusedAt(guard, 100, 220, 399)).toEqual([]);
    meanLagMs = 50;
    expect(refusedAt(guard, 500)).toEqual([]);
    meanLagMs = 1_000;
    expect(refusedAt(guard, 620, 740, 860)).toEqual([]);
    expect(refusedAt(guard, 920, 971)).toEqual([971]);
  });

  it('takes one long turn for no standing lag', () => {
    const guard = guardOf();
    meanLagMs = undefined;
    expect(refusedAt(guard, 5_000)).toEqual([]);
    nowMs = 5_060;
    expect(guard.refuses()).toBe(false);
  });

  it('takes a loop that has not turned for late', () => {
    const guard = guardOf();
    meanLagMs = undefined;
    expect(refusedAt(guard, 100, 220, 340)).toEqual([]);
    expect(refusedAt(guard, 400, 451)).toEqual([451]);
  });

  it('ends with the first measurement that is not late, and forgets when the last one ended', () => {
    const guard = standingGuard();
    meanLagMs = 0;
    expect(refusedAt(guard, 500, 60_000)).toEqual([]);
    meanLagMs = 51;
    expect(refusedAt(guard, 60_100, 60_200, 60_300)).toEqual([]);
    nowMs = 60_400;
    expect(guard.refuses()).toBe(false);
  });
});
