import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openMemoryState } from '../testing.ts';
import { beginKeyed, hasSecretKey, idempotencyTokenOf, type KeyedBegun, type KeyedRun } from './keyed-requests.ts';

const KEY = '0b6e9d1c-2f3a-4c5d-8e9f-0a1b2c3d4e5f';
const notStored = () => ({ status: 409, headers: {}, body: 'too large' });
const fails = () => {
  throw new Error('no text');
};
const stored = { status: 201, headers: {}, body: 'done' };

function requests() {
  const { idempotency } = openMemoryState();
  return async (header: string | undefined = KEY, caller?: string, at: object = {}): Promise<KeyedBegun> => {
    const request = { header, method: 'POST', url: '/pay?x=1', route: '/pay', body: { a: 1 } };
    return beginKeyed(idempotency, at, request, { callerOf: () => caller, notStored });
  };
}
function runOf(begun: KeyedBegun): KeyedRun {
  if (begun.kind !== 'mine') throw new Error(`it is ${begun.kind}`);
  return begun.run;
}

describe('beginKeyed', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('renews its claim until it ends, so that nobody begins beside it', async () => {
    const begin = requests();
    const run = runOf(await begin());
    for (let minutes = 0; minutes < 9; minutes += 1) {
      await jest.advanceTimersByTimeAsync(60_000);
      expect((await begin()).kind).toBe('in-flight');
    }
    await run.end(201, () => stored);
    expect(await begin()).toEqual({ kind: 'done', response: stored });
    expect(jest.getTimerCount()).toBe(0);
  });

  it('renews the claim of one that hangs for 10 minutes and no longer', async () => {
    const begin = requests();
    runOf(await begin());
    await jest.advanceTimersByTimeAsync(606_000);
    expect((await begin()).kind).toBe('mine');
  });

  it('ends once: what comes later changes nothing', async () => {
    const begin = requests();
    const run = runOf(await begin());
    await run.end(201, () => stored);
    await run.end(201, () => ({ ...stored, body: 'another' }));
    await run.abandon();
    expect(await begin()).toEqual({ kind: 'done', response: stored });
  });

  it.each([
    ['a fault', (run: KeyedRun) => run.end(503, () => stored)],
    ['no answer', (run: KeyedRun) => run.abandon()],
  ])('leaves the key free at once behind %s', async (_what, end) => {
    const begin = requests();
    await end(runOf(await begin()));
    expect((await begin()).kind).toBe('mine');
  });

  it.each([
    ['an answer of 408', (run: KeyedRun) => run.end(408, () => stored)],
    ['an answer of 504', (run: KeyedRun) => run.end(504, () => stored)],
    ['nobody who waits for it', async (run: KeyedRun) => run.lapse()],
  ])('leaves the key behind %s to the end of its claim, for it may still run', async (_what, end) => {
    const begin = requests();
    await end(runOf(await begin()));
    await jest.advanceTimersByTimeAsync(4_999);
    expect((await begin()).kind).toBe('in-flight');
    await jest.advanceTimersByTimeAsync(1);
    expect((await begin()).kind).toBe('mine');
  });

  it('stores in place of what is too large that it was done', async () => {
    const begin = requests();
    await runOf(await begin()).end(200, () => ({ ...stored, headers: { location: 'x'.repeat(70_000) } }));
    expect(await begin()).toEqual({ kind: 'done', response: notStored() });
  });

  it('stores that it was done where its response cannot be made, and rejects nothing', async () => {
    const begin = requests();
    expect(await runOf(await begin()).end(200, fails)).toBe(true);
    expect(await begin()).toEqual({ kind: 'done', response: notStored() });
  });

  it('needs a key that is secret, or somebody whose it is', async () => {
    const begin = requests();
    expect(await begin('order-17')).toEqual({ kind: 'unscoped' });
    const ann = {};
    expect((await begin('order-17', 'ann', ann)).kind).toBe('mine');
    expect((await begin('order-17', 'ben')).kind).toBe('mine');
    expect((await begin('order-17', 'ann')).kind).toBe('in-flight');
    expect([idempotencyTokenOf(ann), hasSecretKey(ann)]).toEqual([expect.stringMatching(/^[\w-]{43}$/), false]);
    expect([idempotencyTokenOf({}), hasSecretKey({})]).toEqual([undefined, false]);
  });
});
