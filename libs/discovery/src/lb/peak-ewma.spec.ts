import { describe, expect, it } from '@jest/globals';
import { PeakEwma } from './peak-ewma.ts';

/** Answers of so many ms, one every 100 ms, from 0 on; returns it with the time of the last. */
function after(answersMs: readonly number[], startMs = 0): { ewma: PeakEwma; nowMs: number } {
  const ewma = new PeakEwma(startMs, 0);
  for (const [at, ms] of answersMs.entries()) ewma.answered(ms, at * 100);
  return { ewma, nowMs: Math.max(0, answersMs.length - 1) * 100 };
}

describe('the peak EWMA', () => {
  it.each([
    ['nothing known: no more than what is too short to matter', [], 0, 5],
    ['begins as the others are', [], 80, 80],
    ['a cold start counts for nothing', [400], 0, 5],
    ['nor does one slow answer between quick ones', [8, 8, 400, 8, 8], 0, 8],
    ['two slow ones are a peak, in full', [8, 8, 400, 400], 0, 400],
    ['quicker ones bring it down slowly', [100, 100, 10, 10], 0, 98],
  ])('%s', (_, answersMs, startMs, expected) => {
    const { ewma, nowMs } = after(answersMs, startMs);
    expect(Math.round(ewma.latencyMs(nowMs))).toBe(expected);
  });

  it('weighs by time and not by number', () => {
    const { ewma, nowMs } = after([100, 100]);
    ewma.answered(10, nowMs);
    ewma.answered(10, nowMs);
    expect(ewma.read(nowMs)).toBe(100);
    ewma.answered(10, nowMs + 1_000);
    const fadedMs = 100 * Math.exp(-0.1);
    expect(ewma.read(nowMs + 1_000)).toBeCloseTo(fadedMs - (fadedMs - 10) * (1 - Math.exp(-0.1)));
  });

  it('fades while nothing is sent there, and faster after a second', () => {
    const { ewma, nowMs } = after([100, 100]);
    expect(ewma.read(nowMs + 1_000)).toBeCloseTo(100 * Math.exp(-0.1));
    expect(ewma.read(nowMs + 3_000)).toBeCloseTo(100 * Math.exp(-1.1));
    expect(ewma.latencyMs(nowMs + 60_000)).toBe(5);
  });

  it('does not take the first answer after a while for a part of what was before', () => {
    const { ewma, nowMs } = after([400, 400, 400]);
    ewma.answered(8, nowMs + 10_000);
    expect(ewma.latencyMs(nowMs + 10_000)).toBeLessThan(20);
    ewma.answered(400, nowMs + 10_001);
    ewma.answered(400, nowMs + 10_002);
    expect(ewma.latencyMs(nowMs + 10_002)).toBe(400);
  });

  it.each([
    ['a quick failure is worth four times the past', 1, 20],
    ['a slow one what it took', 900, 900],
  ])('%s', (_, ms, expected) => {
    const { ewma, nowMs } = after([2, 2, 2]);
    ewma.failed(ms, nowMs);
    expect(ewma.latencyMs(nowMs)).toBe(expected);
  });

  it('grows with every failure, up to a bound', () => {
    const { ewma, nowMs } = after([2, 2, 2]);
    const seen = Array.from({ length: 7 }, () => {
      ewma.failed(1, nowMs);
      return ewma.latencyMs(nowMs);
    });
    expect(seen).toEqual([20, 80, 320, 1_280, 5_120, 10_000, 10_000]);
  });
});
