import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { HeldLease } from './held-lease.ts';

const TTL_MS = 900;
const unanswered = (): Promise<boolean> => new Promise(() => undefined);
const RENEWED = Promise.resolve(true);

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** A lease that was taken by a request sent at 0, and the times at which renewals were sent. */
function held(answers: (attempt: number) => Promise<boolean>) {
  const startMs = performance.now();
  const nowMs = () => performance.now() - startMs;
  const sentMs: number[] = [];
  const renew = () => {
    sentMs.push(nowMs());
    return answers(sentMs.length);
  };
  const lease = new HeldLease({ name: 'a', fencingToken: 7, ttlMs: TTL_MS, takenMs: 0, nowMs, renew });
  const abortedMs: number[] = [];
  const { signal } = lease;
  signal.addEventListener('abort', () => abortedMs.push(nowMs()));
  return { lease, signal, sentMs, abortedMs };
}

const after = (ms: number, answer: boolean): Promise<boolean> =>
  new Promise((resolve) => setTimeout(() => resolve(answer), ms));

describe('HeldLease', () => {
  it('is renewed at every third of its lifetime, for as long as it is held', async () => {
    const { lease, sentMs, abortedMs } = held(() => RENEWED);
    await jest.advanceTimersByTimeAsync(3_000);
    expect(sentMs).toEqual([300, 600, 900, 1_200, 1_500, 1_800, 2_100, 2_400, 2_700, 3_000]);
    expect(lease.stop()).toBe(true);
    await jest.advanceTimersByTimeAsync(3_000);
    expect(sentMs).toHaveLength(10);
    expect(abortedMs).toEqual([]);
  });

  it('is lost at once when the store refuses to renew it, and stays lost', async () => {
    const { lease, signal, sentMs, abortedMs } = held((attempt) => Promise.resolve(attempt !== 2));
    await jest.advanceTimersByTimeAsync(3_000);
    expect(abortedMs).toEqual([600]);
    expect(sentMs).toHaveLength(2);
    expect(signal.reason).toMatchObject({ code: 'lease_lost', status: 503 });
    expect(lease.stop()).toBe(false);
  });

  it('is tried to be renewed more often while the store is unavailable, and lost when its time is over', async () => {
    const { sentMs, abortedMs } = held(() => Promise.reject(new Error('unreachable')));
    await jest.advanceTimersByTimeAsync(3_000);
    expect(sentMs).toEqual([300, 390, 480, 570, 660, 750, 840]);
    expect(abortedMs).toEqual([900]);
  });

  it('lives on when the store comes back in time', async () => {
    const { sentMs, abortedMs } = held((attempt) => (attempt < 5 ? Promise.reject(new Error('unreachable')) : RENEWED));
    await jest.advanceTimersByTimeAsync(1_500);
    expect(sentMs).toEqual([300, 390, 480, 570, 660, 960, 1_260]);
    expect(abortedMs).toEqual([]);
  });

  it('counts its time from before a renewal was sent, not from its answer', async () => {
    // Answered at 800; the store may have counted from 300 on.
    const { abortedMs } = held((attempt) => (attempt === 1 ? after(500, true) : unanswered()));
    await jest.advanceTimersByTimeAsync(3_000);
    expect(abortedMs).toEqual([1_200]);
  });

  it('stays lost when a renewal is answered too late', async () => {
    const { lease, sentMs, abortedMs } = held(() => after(700, true));
    await jest.advanceTimersByTimeAsync(3_000);
    expect(abortedMs).toEqual([900]);
    expect(sentMs).toEqual([300]);
    expect(lease.signal.aborted).toBe(true);
  });

  it.each([true, false])('that was released hears nothing of a renewal that is answered later: %s', async (answer) => {
    const { lease, sentMs, abortedMs } = held(() => after(100, answer));
    await jest.advanceTimersByTimeAsync(350);
    expect(lease.stop()).toBe(true);
    await jest.advanceTimersByTimeAsync(3_000);
    expect(sentMs).toEqual([300]);
    expect(abortedMs).toEqual([]);
  });

  it('tells it after a stall of the event loop, before any timer does and without sending a renewal', async () => {
    let stalledMs = 0;
    const sent: number[] = [];
    const nowMs = () => stalledMs;
    const renew = async () => sent.push(stalledMs) > 0;
    const lease = new HeldLease({ name: 'a', fencingToken: 7, ttlMs: TTL_MS, takenMs: 0, nowMs, renew });
    expect(lease.signal.aborted).toBe(false);
    stalledMs = 899;
    expect(lease.signal.aborted).toBe(false);
    stalledMs = 900;
    expect(lease.signal.aborted).toBe(true);
    await jest.advanceTimersByTimeAsync(3_000);
    expect(sent).toEqual([]);
  });

  it('is lost by the first timer after a stall, which is that of a renewal', async () => {
    let stalledMs = 0;
    const sent: number[] = [];
    const renew = async () => sent.push(stalledMs) > 0;
    const parts = { name: 'a', fencingToken: 7, ttlMs: TTL_MS, takenMs: 0, nowMs: () => stalledMs, renew };
    const { signal } = new HeldLease(parts);
    stalledMs = 5_000;
    await jest.advanceTimersByTimeAsync(301);
    expect(signal.aborted).toBe(true);
    expect(sent).toEqual([]);
  });

  it.each([899, 900])('that took %i ms to be taken has the rest only', async (tookMs) => {
    const startMs = performance.now();
    const nowMs = () => performance.now() - startMs + tookMs;
    const lease = new HeldLease({ name: 'a', fencingToken: 7, ttlMs: TTL_MS, takenMs: 0, nowMs, renew: unanswered });
    expect(lease.signal.aborted).toBe(tookMs >= 900);
    await jest.advanceTimersByTimeAsync(1);
    expect(lease.signal.aborted).toBe(true);
  });
});
