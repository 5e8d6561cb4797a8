import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { connectRedis, type RedisConnection } from '@nestfleet/redis';
import { type RedisServer, startRedisServer } from '@nestfleet/redis/testing';
import { until } from '@nestfleet/timing';
import { defineQueue, type JobHandler, type Jobs } from '../src/index.ts';
import { WITHIN_MS, demo, describeWith, openings, ownNamespace } from './servers.ts';

const VISIBILITY_MS = 1_000;
const queue = (name: string) => defineQueue({ ...demo.descriptor, name });
const [one, two] = [queue('one'), queue('two')];
const limited = defineQueue({ ...demo.descriptor, name: 'limited', attempts: 1, timeLimitMs: 100 });
const busy = defineQueue({ ...demo.descriptor, name: 'busy', concurrency: 3 });
const done = (job: string) => ({ job, value_key: 'k', written: 'w' });

describeWith('NESTFLEET_REDIS_SERVER', 'a job that was on a dead worker', () => {
  const { open, closeAll } = openings();
  let namespace: string;
  let server: RedisServer;
  let admin: RedisConnection;
  let jobs: Jobs;

  beforeEach(async () => {
    namespace = ownNamespace();
    server = await startRedisServer();
    admin = connectRedis({ url: server.url, namespace });
    await admin.ready();
    jobs = open({ namespace, redisUrl: server.url, queues: [one, two, limited, busy], visibilityMs: VISIBILITY_MS });
    await jobs.ready();
  });
  afterEach(async () => {
    await closeAll();
    await admin?.close();
    await server?.stop();
  });

  const hashOf = (name: string, id: string) => `{${namespace}:${name}}:${name}:j-${id}`;
  const waiting = async () => Number(/blocked_clients:(\d+)/.exec(await admin.client.info('clients'))?.[1]);
  const putOffsOf = (name: string, id: string) => admin.client.hget(hashOf(name, id), 'nf:put-offs');
  const stateOf = async (id: string) => (await jobs.find(id))?.job.state;
  /** Enqueues one that BullMQ has found stalled. */
  const enqueueSuspect = async (to: typeof one, id: string, stalls = 1) => {
    const enqueued = await jobs.enqueue(to, { job: id }, { id });
    await admin.client.hset(hashOf(to.name, id), 'stc', stalls);
    return enqueued.id;
  };
  /** Writes of all other queues are refused, as those of a cluster's node are. */
  const allowOnly = (name: string) =>
    admin.client.call('ACL', 'SETUSER', 'default', 'resetkeys', '%R~*', `~{${namespace}:${name}}:*`);

  it('runs although a result of another queue is not taken', async () => {
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const consumer = jobs.consume(one, async ({ payload }) => {
      begun.resolve();
      await go.promise;
      return done(payload.job);
    });
    await jobs.enqueue(one, { job: 'held' });
    const suspect = await enqueueSuspect(two, 'suspect');
    await begun.promise;
    await allowOnly('two');
    go.resolve();
    jobs.consume(two, async ({ payload }) => done(payload.job));
    await until(async () => (await stateOf(suspect)) === 'completed', WITHIN_MS);
    expect(consumer.running).toBe(1);
  }, 60_000);

  it.each(['ends', 'fails'])(
    'keeps no other queue from jobs once its handler %s and that is noted',
    async (how) => {
      const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
      const suspect = await enqueueSuspect(one, 'suspect');
      const consumer = jobs.consume(one, async ({ payload }) => {
        begun.resolve();
        await go.promise;
        if (how === 'fails') throw new Error('no');
        return done(payload.job);
      });
      await begun.promise;
      let otherMs = 0;
      jobs.consume(two, async ({ payload }) => {
        otherMs = performance.now();
        return done(payload.job);
      });
      await allowOnly('two');
      const { id } = await jobs.enqueue(two, { job: 'other' });
      const endedMs = performance.now();
      go.resolve();
      await until(async () => (await stateOf(id)) === 'completed', WITHIN_MS);
      // Redis may take a second to note it; a death of the other one before that would count against the suspect.
      expect(otherMs - endedMs).toBeGreaterThan(900);
      expect(consumer.running).toBe(1);
      await admin.client.call('ACL', 'SETUSER', 'default', '~*');
      await until(async () => ['completed', 'delayed', 'failed'].includes((await stateOf(suspect)) ?? ''), WITHIN_MS);
    },
    60_000,
  );

  /** Runs `long` in queue one until `go`, beside a suspect of queue two that went back as often as it may. */
  const waitBesideLong = async () => {
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const ran: string[] = [];
    const handler: JobHandler<{ job: string }, ReturnType<typeof done>> = async ({ payload }) => {
      ran.push(payload.job);
      begun.resolve();
      if (payload.job === 'long') await go.promise;
      return done(payload.job);
    };
    jobs.consume(one, handler);
    await jobs.enqueue(one, { job: 'long' });
    await begun.promise;
    const suspect = await enqueueSuspect(two, 'suspect');
    const consumer = jobs.consume(two, handler);
    await until(
      async () => (await putOffsOf('two', 'suspect')) === '2' && (await stateOf(suspect)) === 'active',
      WITHIN_MS,
    );
    return { suspect, consumer, handler, ran, go };
  };

  it('waits until a job beside it has ended, and other queues go on', async () => {
    const { suspect, handler, ran, go } = await waitBesideLong();
    jobs.consume(limited, handler);
    for (const job of ['first', 'second']) {
      const { id } = await jobs.enqueue(limited, { job });
      await until(async () => (await stateOf(id)) === 'completed', WITHIN_MS);
    }
    // Of the queue that it waits for: else it would wait for ever.
    const later = await jobs.enqueue(one, { job: 'later' });
    expect(ran).toEqual(['long', 'first', 'second']);
    expect(await admin.client.hget(hashOf('two', 'suspect'), 'nf:alone-by')).toBeNull();
    go.resolve();
    await until(async () => (await stateOf(suspect)) === 'completed', WITHIN_MS);
    await until(async () => (await stateOf(later.id)) === 'completed', WITHIN_MS);
    expect(ran.slice(3)).toEqual(['suspect', 'later']);
    expect((await jobs.find(suspect))?.job).toMatchObject({ attempts: 1 });
  }, 60_000);

  it.each(['pauses', 'closes'])(
    'that waits is another worker’s once its consumer %s',
    async (how) => {
      const { suspect, consumer, ran, go } = await waitBesideLong();
      const other = open({ namespace, redisUrl: server.url, queues: [two], visibilityMs: VISIBILITY_MS });
      await other.ready();
      other.consume(two, async ({ payload }) => done(payload.job));
      await (how === 'pauses' ? consumer.pause() : consumer.close(WITHIN_MS));
      await until(async () => (await stateOf(suspect)) === 'completed', WITHIN_MS);
      expect(ran).toEqual(['long']);
      go.resolve();
    },
    60_000,
  );

  it('that waits can be cancelled', async () => {
    const { suspect, ran, go } = await waitBesideLong();
    await jobs.cancel(suspect);
    await until(async () => (await stateOf(suspect)) === 'cancelled', WITHIN_MS);
    expect(ran).toEqual(['long']);
    go.resolve();
  }, 60_000);

  it('begins on a busy worker, whatever waits there and however long that takes', async () => {
    const ran: string[] = [];
    let [longs, over] = [0, false];
    const enqueueLong = () => jobs.enqueue(busy, { job: `long ${(longs += 1)}` });
    for (let n = 0; n < 4; n += 1) await enqueueLong();
    const suspects: string[] = [];
    for (const id of ['a', 'b', 'c']) suspects.push(await enqueueSuspect(busy, id));
    for (let n = 0; n < 4; n += 1) await enqueueLong();
    jobs.consume(busy, async ({ payload: { job } }) => {
      ran.push(job);
      if (!job.startsWith('long')) return done(job);
      await enqueueLong();
      // No two of the others end together.
      const endMs = performance.now() + VISIBILITY_MS * (3 + (ran.length % 5) / 2);
      await until(() => over || performance.now() > endMs, 2 * WITHIN_MS);
      return done(job);
    });
    await until(async () => suspects.every((id) => ran.includes(id.replace('busy.', ''))), WITHIN_MS);
    expect((await jobs.counts())['busy']?.waiting).toBeGreaterThan(0);
    over = true;
  }, 60_000);

  it('is put off while a handler goes on whose attempt is over', async () => {
    const go = Promise.withResolvers<void>();
    jobs.consume(limited, async ({ payload }) => {
      await go.promise;
      return done(payload.job);
    });
    const { id: deaf } = await jobs.enqueue(limited, { job: 'deaf' });
    await until(async () => (await stateOf(deaf)) === 'failed', WITHIN_MS);
    const ran: string[] = [];
    const suspect = await enqueueSuspect(one, 'suspect');
    jobs.consume(one, async ({ payload }) => {
      ran.push(payload.job);
      return done(payload.job);
    });
    await until(async () => ['delayed', 'completed'].includes((await stateOf(suspect)) ?? ''), WITHIN_MS);
    expect(ran).toEqual([]);
    go.resolve();
    await until(async () => (await stateOf(suspect)) === 'completed', WITHIN_MS);
  }, 60_000);

  it('wakes another worker for a job that its own process does not take', async () => {
    const [begun, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const ran: string[] = [];
    const other = open({ namespace, redisUrl: server.url, queues: [one, two] });
    await other.ready();
    await enqueueSuspect(one, 'suspect');
    // It waits for a job first, and is the first one to be woken.
    jobs.consume(two, async ({ payload }) => {
      ran.push(`here ${payload.job}`);
      return done(payload.job);
    });
    await until(async () => (await waiting()) === 1, WITHIN_MS);
    jobs.consume(one, async ({ payload }) => {
      begun.resolve();
      await go.promise;
      return done(payload.job);
    });
    await begun.promise;
    other.consume(two, async ({ payload }) => {
      ran.push(`there ${payload.job}`);
      return done(payload.job);
    });
    await until(async () => (await waiting()) >= 2, WITHIN_MS);
    const startMs = performance.now();
    const { id } = await other.enqueue(two, { job: 'x' });
    await until(async () => (await other.find(id))?.job.state === 'completed', WITHIN_MS);
    expect(ran).toEqual(['there x']);
    // Unless it is woken it looks by itself after 5 s.
    expect(performance.now() - startMs).toBeLessThan(2_000);
    go.resolve();
  }, 60_000);

  it('one that a worker of before gave up for its neighbours is run, and judged by its own deaths', async () => {
    const suspect = await enqueueSuspect(one, 'suspect', 4);
    await admin.client.hset(hashOf('one', 'suspect'), 'defa', 'job stalled more than allowable limit');
    const fields: unknown[] = [];
    jobs.consume(one, async ({ payload }) => {
      fields.push(await admin.client.hmget(hashOf('one', 'suspect'), 'stc', 'defa'));
      return done(payload.job);
    });
    await until(async () => (await stateOf(suspect)) === 'completed', WITHIN_MS);
    // A worker of before that has it next begins to count anew.
    expect(fields).toEqual([[null, null]]);
  });
});
