import { describe, expect, it } from '@jest/globals';
import { answeredDuringStall } from '@nestfleet/timing/testing';
import type { DiscoveryError } from '../errors.ts';
import { fixedCatalog } from '../fixed/catalog.ts';
import { roundRobin } from './balancers/round-robin.ts';
import { retryAfterMs, type Attempt, type CallOptions } from './call.ts';
import type { Outcome } from '../outcome.ts';
import { openUpstream, type Upstream } from './upstream.ts';

function open(count: number, nowMs?: () => number): Upstream {
  const addresses = Array.from({ length: count }, (_, at) => `127.0.0.1:${at + 1}`);
  return openUpstream({
    service: 'api',
    catalog: fixedCatalog({ api: addresses }),
    balancer: roundRobin(() => 0),
    random: () => 0,
    signal: new AbortController().signal,
    ...(nowMs && { nowMs }),
  });
}

const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
const fails: Attempt<never> = () => Promise.reject(refused);
const firstRefuses: Attempt<number> = ({ port }) => (port === 1 ? Promise.reject(refused) : Promise.resolve(port));
const certificate = Object.assign(new Error('certificate'), { code: 'CERT_HAS_EXPIRED' });
const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
const firstResets: Attempt<number> = ({ port }) => (port === 1 ? Promise.reject(reset) : Promise.resolve(port));
/** All of a burst are under way before the first refusal is seen. */
const firstRefusesLater: Attempt<number> = async (...given) => {
  await new Promise(setImmediate);
  return firstRefuses(...given);
};
const hangs: Attempt<never> = () => new Promise(() => undefined);
const caught = (work: Promise<unknown>): Promise<DiscoveryError> =>
  work.then(
    () => Promise.reject(new Error('did not fail')),
    (error: DiscoveryError) => error,
  );
const whys = (upstream: Upstream): (string | undefined)[] => upstream.members().map(({ why }) => why);

describe('the back-off of retries', () => {
  it.each([
    [1, 0, 0],
    [1, 0.5, 12.5],
    [1, 1, 25],
    [2, 1, 50],
    [3, 0.1, 10],
    [9, 1, 250],
  ])('after failure %d with random %d: %d ms', (failures, random, expected) => {
    expect(retryAfterMs(failures, () => random)).toBe(expected);
  });
});

describe('a call', () => {
  it('tells the pool what it saw, so that the next one goes elsewhere at once', async () => {
    const upstream = open(3);
    const asked: number[] = [];
    const attempt: Attempt<number> = ({ port }) => {
      asked.push(port);
      return port === 1 ? Promise.reject(refused) : Promise.resolve(port);
    };
    for (let at = 0; at < 4; at += 1) await upstream.call(attempt, { deadlineMs: 60_000, attempts: 2 });
    expect(asked).toEqual([1, 2, 3, 2, 3]);
    expect(whys(upstream)).toEqual(['refused', undefined, undefined]);
  });

  it('leaves an instance that does not answer in its attempt, and asks another', async () => {
    const upstream = open(2);
    const left: number[] = [];
    const attempt: Attempt<number> = (instance, signal, remainingMs) => {
      left.push(remainingMs);
      return instance.port === 1 ? hangs(instance, signal, remainingMs) : Promise.resolve(2);
    };
    await expect(upstream.call(attempt, { deadlineMs: 60_000, attemptMs: 20, attempts: 2 })).resolves.toBe(2);
    expect(left[0]).toBe(20);
    expect(left[1]).toBeGreaterThan(50_000);
    expect(upstream.members()[0]!.ewmaMs).toBeGreaterThan(15);
  });

  it('gives the last attempt all that is left: nobody is asked after it', async () => {
    const upstream = open(3);
    const attempt: Attempt<number> = ({ port }, signal, remainingMs) =>
      remainingMs > 20
        ? new Promise((resolve) => setTimeout(() => resolve(port), 100))
        : hangs(upstream.members()[0]!.instance, signal, remainingMs);
    await expect(upstream.call(attempt, { deadlineMs: 60_000, attemptMs: 20, attempts: 3 })).resolves.toBe(3);
    const late = open(2);
    const error = await caught(late.call(hangs, { deadlineMs: 150, attemptMs: 20, attempts: 2 }));
    expect(error.code).toBe('deadline_exceeded');
    expect(error.attempts.map(({ outcome }) => outcome)).toEqual(['timeout', 'timeout']);
  });

  it.each([
    ['the only instance', 1],
    ['the last one that was not tried', 2],
  ])('gives %s all that is left, whatever attempts are left: nobody can be asked after it', async (_, count) => {
    const left: number[] = [];
    const attempt: Attempt<string> = (instance, signal, remainingMs) => {
      left.push(remainingMs);
      if (left.length < count) return hangs(instance, signal, remainingMs);
      return new Promise((resolve) => setTimeout(() => resolve('late'), 100));
    };
    await expect(open(count).call(attempt, { deadlineMs: 60_000, attemptMs: 20, attempts: 3 })).resolves.toBe('late');
    expect(left.slice(0, -1)).toEqual(Array(count - 1).fill(20));
    expect(left.at(-1)).toBeGreaterThan(50_000);
  });

  it('gives all that is left where the budget of retries is spent when it begins, or when its time is over', async () => {
    const upstream = open(2);
    while (upstream.retries.take());
    const left: number[] = [];
    const late: Attempt<string> = (_instance, _signal, remainingMs) => {
      left.push(remainingMs);
      return new Promise((resolve) => setTimeout(() => resolve('late'), 100));
    };
    await expect(upstream.call(late, { deadlineMs: 60_000, attemptMs: 20, attempts: 2 })).resolves.toBe('late');
    expect(left[0]).toBeGreaterThan(50_000);

    const other = open(2);
    const spends: Attempt<string> = (instance, signal, remainingMs) => {
      while (other.retries.take());
      return late(instance, signal, remainingMs);
    };
    await expect(other.call(spends, { deadlineMs: 60_000, attemptMs: 20, attempts: 2 })).resolves.toBe('late');
    expect(left).toEqual([expect.any(Number), 20]);
  });

  it('tells an attempt what is left, and blames nobody who had only the rest', async () => {
    const left: number[] = [];
    const attempt: Attempt<never> = (instance, signal, remainingMs) => {
      left.push(remainingMs);
      return left.length === 1 ? Promise.reject(new Error('no')) : hangs(instance, signal, remainingMs);
    };
    const error = await caught(open(3).call(attempt, { deadlineMs: 1_500, attempts: 3 }));
    expect([error.code, error.attempts.map(({ outcome }) => outcome)]).toEqual([
      'deadline_exceeded',
      ['error', 'unknown'],
    ]);
    expect(left[0]).toBeLessThanOrEqual(1_500);
    expect(left[1]).toBeLessThan(left[0]!);
  });

  it.each<[string, Partial<CallOptions>]>([
    ['the deadline', { deadlineMs: 50 }],
    ['the time of one attempt', { attemptMs: 50, attempts: 2 }],
  ])('takes answers that have arrived while our own process stood still, longer than %s', async (_, options) => {
    const upstream = open(2);
    const calls = (answer: Promise<string>) =>
      Promise.allSettled(
        Array.from({ length: 12 }, () => upstream.call(() => answer, { deadlineMs: 60_000, attempts: 1, ...options })),
      );
    const ends = await answeredDuringStall(100, calls);
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(12);
    expect(whys(upstream)).toEqual([undefined, undefined]);
  });

  it('says nothing of an instance when the caller goes away', async () => {
    const upstream = open(1);
    const caller = new AbortController();
    const calls = Array.from({ length: 5 }, () =>
      caught(upstream.call(hangs, { deadlineMs: 60_000, attempts: 1, signal: caller.signal })),
    );
    await new Promise(setImmediate);
    expect(upstream.members()[0]!.inFlight).toBe(5);
    caller.abort(new Error('gone'));
    await Promise.all(calls);
    expect(upstream.members()[0]).toMatchObject({ inFlight: 0, ewmaMs: 0, why: undefined });
  });

  it.each<[string, Partial<CallOptions>, Outcome | undefined]>([
    ['an answer that is a refusal counts as ok', { retryable: () => false }, undefined],
    ['unless it is said what it shows', { retryable: () => false, classify: () => 'refused' }, 'refused'],
    ['an error by its code', {}, 'refused'],
    ['or by what is said of it', { classify: () => 'unknown' }, undefined],
  ])('%s', async (_, options, expected) => {
    const upstream = open(2);
    await caught(upstream.call(fails, { deadlineMs: 60_000, attempts: 1, ...options }));
    expect(whys(upstream)).toEqual([expected, undefined]);
  });

  it('ends where the budget of retries is spent: a full outage is not made worse', async () => {
    const upstream = open(3);
    let attempts = 0;
    const counted: Attempt<never> = (...given) => {
      attempts += 1;
      return fails(...given);
    };
    for (let at = 0; at < 100; at += 1)
      await upstream.call(() => Promise.resolve(1), { deadlineMs: 60_000, attempts: 1 });
    const errors: DiscoveryError[] = [];
    for (let at = 0; at < 100; at += 1)
      errors.push(await caught(upstream.call(counted, { deadlineMs: 60_000, attempts: 3 })));
    // Two more while others seemed healthy, and the three that the budget always has.
    expect(attempts).toBe(105);
    expect(errors.at(-1)!.message).toContain('the budget of retries is spent');
    expect(upstream.members().every(({ inFlight }) => inFlight === 0)).toBe(true);
  });

  it('loses none of a burst whose first attempts are refused by one of three', async () => {
    const upstream = open(3);
    const burst = Array.from({ length: 60 }, () =>
      upstream.call(firstRefusesLater, { deadlineMs: 60_000, attempts: 2 }),
    );
    const ends = await Promise.allSettled(burst);
    expect(ends.filter(({ status }) => status === 'rejected')).toEqual([]);
  });

  it.each<[string, Partial<CallOptions>, Attempt<number>, number[]]>([
    ['counts what was not sent as an attempt', {}, fails, [1]],
    ['asks all where that is not counted', { countsUnsent: false }, fails, [1, 2, 3, 4]],
    ['counts what may have been sent', { countsUnsent: false }, firstResets, [1]],
  ])('%s', async (_, options, attempt, expected) => {
    const asked: number[] = [];
    const counted: Attempt<number> = (...given) => {
      asked.push(given[0].port);
      return attempt(...given);
    };
    const error = await caught(open(4).call(counted, { deadlineMs: 60_000, attempts: 1, ...options }));
    expect(error.attempts).toHaveLength(expected.length);
    expect(asked).toEqual(expected);
  });

  it.each<[string, Partial<CallOptions>, Error, string]>([
    ['that was sent is unknown where it may not be repeated', {}, reset, 'outcome_unknown'],
    ['that failed by its answer is too', {}, new Error('503'), 'outcome_unknown'],
    ['that was not sent is not', { countsUnsent: false }, refused, 'attempts_exhausted'],
    ['whose certificate was refused is not', { countsUnsent: false }, certificate, 'attempts_exhausted'],
    ['that may be repeated is not', { attempts: 2 }, reset, 'attempts_exhausted'],
  ])('what became of a call %s', async (_, options, thrown, code) => {
    const error = await caught(
      open(2).call(() => Promise.reject(thrown), { deadlineMs: 60_000, attempts: 1, ...options }),
    );
    expect(error.code).toBe(code);
    expect(error.headers['retry-after']).toBe(code === 'outcome_unknown' ? undefined : '1');
  });

  it('gives one all that is left where it is the last that counts', async () => {
    const left: number[] = [];
    const attempt: Attempt<number> = (instance, signal, remainingMs) => {
      left.push(remainingMs);
      return firstRefuses(instance, signal, remainingMs);
    };
    const options = { deadlineMs: 60_000, attemptMs: 20, attempts: 1, countsUnsent: false };
    await expect(open(3).call(attempt, options)).resolves.toBe(2);
    expect(left.map((ms) => ms > 50_000)).toEqual([true, true]);
  });

  it('does not count the retry after a failed probe, which was our idea', async () => {
    const clock = { ms: 0 };
    const upstream = open(2, () => clock.ms);
    for (let at = 0; at < 4; at += 1) {
      clock.ms += 1_000 * at;
      await expect(upstream.call(firstResets, { deadlineMs: 60_000, attempts: 2 })).resolves.toBe(2);
    }
    for (const expected of [true, true, false]) expect(upstream.retries.take()).toBe(expected);
  });

  it('keeps retries to a fifth where others are healthy', async () => {
    const upstream = open(3);
    let attempts = 0;
    const nobodyToBlame: Attempt<never> = () => {
      attempts += 1;
      return Promise.reject(new Error('no'));
    };
    for (let at = 0; at < 100; at += 1)
      await caught(upstream.call(nobodyToBlame, { deadlineMs: 60_000, attempts: 3, classify: () => 'unknown' }));
    expect(attempts).toBe(123);
  });
});
