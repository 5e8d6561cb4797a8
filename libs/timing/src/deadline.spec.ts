import { describe, expect, it, jest } from '@jest/globals';
import { DeadlineError, deadlineSignal, startDeadline, withDeadline, within } from './deadline.ts';
import { answeredDuringStall } from './testing.ts';

const never = new Promise<never>(() => undefined);
const DEADLINE_MS = 20;
const STALL_MS = 40;

const unlessAborted = <T>(work: Promise<T>, signal: AbortSignal) =>
  new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
    work.then(resolve, reject);
  });

describe('startDeadline', () => {
  it('waits longer than a timer of Node can', async () => {
    const exceeded = jest.fn();
    const cancel = startDeadline(2 ** 31, exceeded);
    await within(never, DEADLINE_MS);
    cancel();
    expect(exceeded).not.toHaveBeenCalled();
  });

  it('can be cancelled while sockets have their turn', async () => {
    const exceeded = jest.fn();
    const cancel = startDeadline(1, exceeded);
    const besideIt = new Promise<void>((resolve) => void setTimeout(resolve, 1));
    // Both are due now, and their timers fire in one row.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    await besideIt;
    cancel();
    await within(never, DEADLINE_MS);
    expect(exceeded).not.toHaveBeenCalled();
  });
});

describe('withDeadline', () => {
  it('passes answers and faults through', async () => {
    await expect(withDeadline(Promise.resolve(7), 60_000)).resolves.toBe(7);
    await expect(withDeadline(Promise.reject(new Error('no')), 60_000)).rejects.toThrow('no');
  });

  it.each([undefined, null, 'no', Object.freeze({ code: 5 })])('passes through what is no Error: %p', async (fault) => {
    const end = await withDeadline(Promise.reject(fault), 60_000).catch((thrown: unknown) => ({ thrown }));
    expect(end).toEqual({ thrown: fault });
  });

  it('rejects after the deadline and ignores what comes later, a rejection too', async () => {
    const work = Promise.withResolvers<number>();
    await expect(withDeadline(work.promise, 5)).rejects.toBeInstanceOf(DeadlineError);
    work.reject(new Error('late'));
    await expect(withDeadline(Promise.resolve(1), 5)).resolves.toBe(1);
  });

  it('gives the fallback in place of the error', async () => {
    await expect(withDeadline<string>(never, 5, () => 'late')).resolves.toBe('late');
  });

  it('takes an answer that has arrived while our own process stood still', async () => {
    const answer = answeredDuringStall(STALL_MS, (answered) => withDeadline(answered, DEADLINE_MS));
    await expect(answer).resolves.toBe('answered');
  });
});

describe('within', () => {
  it('says whether the work ended in time, and passes its faults on', async () => {
    await expect(within(Promise.resolve(), 60_000)).resolves.toBe(true);
    await expect(within(never, 1)).resolves.toBe(false);
    await expect(within(Promise.reject(new DeadlineError(5)), 60_000)).rejects.toThrow('no answer within 5 ms');
  });

  it('counts what has ended while our own process stood still', async () => {
    await expect(answeredDuringStall(STALL_MS, (answered) => within(answered, DEADLINE_MS))).resolves.toBe(true);
  });
});

describe('deadlineSignal', () => {
  it('aborts with a DeadlineError', async () => {
    await expect(within(unlessAborted(never, deadlineSignal(1)), 60_000)).rejects.toBeInstanceOf(DeadlineError);
  });

  it('lets an answer in first that has arrived while our own process stood still', async () => {
    const answer = answeredDuringStall(STALL_MS, (answered) => unlessAborted(answered, deadlineSignal(DEADLINE_MS)));
    await expect(answer).resolves.toBe('answered');
  });
});
