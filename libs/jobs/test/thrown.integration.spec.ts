import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis } from '@nestfleet/redis';
import { until } from '@nestfleet/timing';
import { UnrecoverableError } from 'bullmq';
import { z } from 'zod';
import { defineQueue, type Jobs } from '../src/index.ts';
import type { AttemptOutcome } from '../src/consumer.ts';
import { describeWith, openings, ownNamespace } from './servers.ts';

const WITHIN_MS = 20_000;
const queue = defineQueue({
  name: 'thrower',
  version: 1,
  payload: z.strictObject({}),
  result: z.unknown(),
  attempts: 2,
  backoffMs: 1,
  concurrency: 1,
});

const named = (name: string) => Object.assign(new Error(`of the name ${name}`), { name });
const revoked = () => {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
};
const unreadable = Object.defineProperty(new Error('hidden'), 'message', {
  get: () => {
    throw new Error('do not look');
  },
});
const cycle: { me?: unknown } = {};
cycle.me = cycle;
const throwing = (thrown: unknown) => () => {
  throw thrown;
};

describeWith('REDIS_URL', 'what a handler throws', () => {
  const { open, closeAll } = openings();
  let jobs: Jobs;
  let namespace: string;

  beforeEach(async () => {
    namespace = ownNamespace();
    jobs = open({ namespace, queues: [queue] });
    await jobs.ready();
  });
  afterEach(closeAll);

  /** How one job ended whose handler does this. */
  async function endOf(handler: () => unknown, onSettled?: () => never) {
    const outcomes: AttemptOutcome[] = [];
    let runs = 0;
    jobs.consume(
      queue,
      async () => {
        runs += 1;
        return handler();
      },
      {
        onSettled: ({ outcome }) => {
          outcomes.push(outcome);
          onSettled?.();
        },
      },
    );
    const { id } = await jobs.enqueue(queue, {});
    const job = await until(async () => {
      const found = (await jobs.find(id))?.job;
      return (found?.state === 'failed' || found?.state === 'completed') && found;
    }, WITHIN_MS);
    return { runs, outcomes, job };
  }

  it.each([
    ['an Error', new Error('disk full'), 'disk full'],
    ['nothing', undefined, 'undefined was thrown'],
    ['null', null, 'null was thrown'],
    ['a text', 'disk full', 'disk full'],
    ['a number', 7, '7 was thrown'],
    ['a frozen object', Object.freeze({ code: 5 }), '{"code":5} was thrown'],
    ['a frozen Error', Object.freeze(new Error('frozen')), 'frozen'],
    ['an Error whose message cannot be read', unreadable, 'what was thrown cannot be read (object)'],
    ['a proxy that is over', revoked(), 'what was thrown cannot be read (object)'],
    // Names and a text that BullMQ takes for orders of its own.
    ['a WaitingError', named('WaitingError'), 'of the name WaitingError'],
    ['a DelayedError', named('DelayedError'), 'of the name DelayedError'],
    ['a WaitingChildrenError', named('WaitingChildrenError'), 'of the name WaitingChildrenError'],
    ['the text of a rate limit', 'bullmq:rateLimitExceeded', 'the handler said bullmq:rateLimitExceeded'],
  ])('%s settles each attempt at once, in words', async (_what, thrown, words) => {
    const { runs, outcomes, job } = await endOf(throwing(thrown));
    expect(job).toMatchObject({ state: 'failed', attempts: 2, error: words });
    expect(runs).toBe(2);
    expect(outcomes).toEqual(['retried', 'failed']);
  });

  it.each([
    ['what throws when it is written down', { toJSON: throwing(null) }, /as JSON: null was thrown/],
    ['a function', () => 'well', /as JSON: it is a function/],
    ['a bigint', { n: 1n }, /as JSON: n is a bigint/],
    ['a cycle', cycle, /as JSON: it contains itself/],
  ])('%s as a result fails the job once and for good, in words', async (_what, result, words) => {
    const { runs, outcomes, job } = await endOf(() => result);
    expect(job).toMatchObject({ state: 'failed', attempts: 1, result: null, error: expect.stringMatching(words) });
    expect(runs).toBe(1);
    expect(outcomes).toEqual(['failed']);
  });

  it('words and stacks are cut before they are kept', async () => {
    const { job } = await endOf(throwing(new Error('x'.repeat(1_000_000))));
    expect(Buffer.byteLength(job.error ?? '')).toBe(8_192);
    const redis = connectRedis({ url: process.env['REDIS_URL'] ?? '', namespace });
    await redis.ready();
    const stacks = await redis.client.hget(`{${namespace}:thrower}:thrower:j-${job.id.slice(8)}`, 'stacktrace');
    await redis.close();
    expect((JSON.parse(stacks ?? '[]') as string[]).map((stack) => Buffer.byteLength(stack))).toEqual([8_192, 8_192]);
  });

  it('an UnrecoverableError is not tried again, recognized by its name too', async () => {
    const { outcomes, job } = await endOf(throwing(new UnrecoverableError('never')));
    expect(job).toMatchObject({ state: 'failed', attempts: 1, error: 'never' });
    expect(outcomes).toEqual(['failed']);
  });

  it('what onSettled throws is no fault of the job', async () => {
    const { outcomes, job } = await endOf(() => 'well', throwing(null));
    expect(job).toMatchObject({ state: 'completed', attempts: 1, result: 'well' });
    expect(outcomes).toEqual(['completed']);
  });
});
