import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { type DeadLetterList, demoJob, type Job } from '@nestfleet/contracts';
import { defineQueue, type Jobs, openJobs } from '@nestfleet/jobs';
import { until } from '@nestfleet/timing';
import { redisCommand } from './redis-link.ts';
import { open, opsToken, ownNamespace, problemOf, redisUrl, type Replica, withRedis } from './replica.ts';
import { type Ask, Visitor } from './visitor.ts';

const WITHIN_MS = 20_000;
const demo = defineQueue(demoJob);
const done = { job: 'x', value_key: 'k', written: 'w' };

withRedis('jobs over HTTP', () => {
  const namespace = ownNamespace();
  let replica: Replica;
  let worker: Jobs;
  let owner: Visitor;

  beforeAll(async () => {
    replica = await open({ REDIS_URL: redisUrl ?? '', NAMESPACE: namespace }, 'api-1');
  });
  beforeEach(async () => {
    worker = openJobs({ redisUrl: redisUrl ?? '', namespace, visibilityMs: 1_000 });
    owner = new Visitor();
    await owner.visit(replica);
  });
  afterEach(async () => worker?.close());
  afterAll(async () => replica?.close());

  async function posted(): Promise<string> {
    const payload = { name: 'demo', payload: { job: 'x' } };
    return (await owner.ask(replica, '/jobs', { method: 'POST', payload })).json<{ id: string }>().id;
  }
  const inState = (id: string, state: string) =>
    until(async () => (await owner.ask(replica, `/jobs/${id}`)).json<Job>().state === state, WITHIN_MS);

  it('a running one is cancelled soon: 202, then 204', async () => {
    worker.consume(demo, ({ signal }) => {
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener('abort', () => reject(signal.reason as Error));
      return promise;
    });
    const id = await posted();
    await inState(id, 'active');
    expect((await new Visitor().ask(replica, `/jobs/${id}`, { method: 'DELETE' })).statusCode).toBe(404);
    const asked = await owner.ask(replica, `/jobs/${id}`, { method: 'DELETE' });
    expect([asked.statusCode, asked.body]).toEqual([202, '']);
    await inState(id, 'cancelled');
    expect((await owner.ask(replica, `/jobs/${id}`, { method: 'DELETE' })).statusCode).toBe(204);
  });

  it('one past its retention is 410 for its owner and 404 for others, after a day for all', async () => {
    worker.consume(demo, async () => done);
    const id = await posted();
    await inState(id, 'completed');
    const member = `j-${id.slice('demo.'.length)}`;
    const completed = `{${namespace}:demo}:demo:completed`;
    const endedAgo = (ms: number) => redisCommand(redisUrl ?? '', 'ZADD', completed, String(Date.now() - ms), member);
    await endedAgo(3_599_000 - WITHIN_MS);
    expect((await owner.ask(replica, `/jobs/${id}`)).statusCode).toBe(200);
    await endedAgo(3_601_000);
    for (const method of ['GET', 'DELETE'] as const) {
      expect(problemOf(await owner.ask(replica, `/jobs/${id}`, { method }))).toMatchObject({
        status: 410,
        code: 'job_expired',
      });
      expect(problemOf(await new Visitor().ask(replica, `/jobs/${id}`, { method }))).toMatchObject({ status: 404 });
    }
    expect(problemOf(await owner.ask(replica, `/jobs/${id}/retry`, { method: 'POST' }))).toMatchObject({
      status: 410,
      code: 'job_expired',
    });
    expect((await owner.ask(replica, '/jobs')).json()).toEqual({ jobs: [] });
    await endedAgo(3_601_000 + 86_400_000);
    expect(problemOf(await owner.ask(replica, `/jobs/${id}`))).toMatchObject({ status: 404, code: 'job_not_found' });
  });

  const stranger = async () => {
    const visitor = new Visitor();
    await visitor.visit(replica);
    return visitor;
  };
  const retry = (who: Visitor, id: string, headers: Ask['headers'] = {}) =>
    who.ask(replica, `/jobs/${id}/retry`, { method: 'POST', headers });
  /** Runs it, and it fails at once: what it returns is no result. */
  async function fail(id: string): Promise<void> {
    const consumer = worker.consume(demo, async () => ({}) as never);
    await inState(id, 'failed');
    await consumer.close(0);
  }

  it('dead letters are listed for their owner and for the operator', async () => {
    const list = async (who: Visitor, query = '', headers: Ask['headers'] = {}) =>
      (await who.ask(replica, `/jobs/dead-letters${query}`, { headers })).json<DeadLetterList>();
    const operator = { authorization: `Bearer ${opsToken}` };
    const ids = [await posted(), await posted()];
    for (const id of ids) await fail(id);
    const letters = `{${namespace}:demo}:ledger:dead-letters`;
    for (const [at, id] of ids.entries())
      await redisCommand(redisUrl ?? '', 'ZADD', letters, String(Date.now() + at), id.replace('demo.', 'j-'));
    expect((await list(owner)).jobs).toEqual([
      expect.objectContaining({ id: ids[1], state: 'failed' }),
      expect.objectContaining({ id: ids[0], state: 'failed' }),
    ]);
    const { jobs, next_cursor } = await list(owner, '?limit=1');
    expect(jobs.map(({ id }) => id)).toEqual([ids[1]]);
    expect(await list(owner, `?cursor=${next_cursor}`)).toEqual({
      jobs: [expect.objectContaining({ id: ids[0] })],
      next_cursor: null,
    });
    for (const other of [new Visitor(), await stranger()]) {
      expect(await list(other)).toEqual({ jobs: [], next_cursor: null });
      expect((await list(other, '', operator)).jobs.map(({ id }) => id)).toEqual(ids.toReversed());
    }
    expect(problemOf(await owner.ask(replica, '/jobs/dead-letters?cursor=x'))).toMatchObject({
      status: 400,
      code: 'invalid_cursor',
      errors: [{ path: 'cursor' }],
    });
    for (const id of ids) expect((await retry(owner, id)).statusCode).toBe(202);
    expect((await list(owner)).jobs).toEqual([]);
  });

  it('one that is refused for now is put back later, with the same Idempotency-Key', async () => {
    const [id, headers] = [await posted(), { 'idempotency-key': randomUUID() }];
    expect((await retry(await stranger(), id, headers)).statusCode).toBe(404);
    expect((await retry(owner, id, headers)).statusCode).toBe(409);
    await fail(id);
    expect((await retry(owner, id, headers)).statusCode).toBe(202);
  });

  it('one that was cancelled stays so', async () => {
    const id = await posted();
    expect((await owner.ask(replica, `/jobs/${id}`, { method: 'DELETE' })).statusCode).toBe(204);
    expect(problemOf(await retry(owner, id))).toMatchObject({ status: 409, code: 'job_not_failed' });
  });

  it('one that has failed is put back by whoever may see it, 409 for all others', async () => {
    const id = await posted();
    expect(problemOf(await retry(owner, id))).toMatchObject({ status: 409, code: 'job_not_failed' });
    await fail(id);
    for (const other of [new Visitor(), await stranger()])
      expect(problemOf(await retry(other, id))).toMatchObject({ status: 404, code: 'job_not_found' });
    const asked = await retry(owner, id);
    expect([asked.statusCode, asked.json()]).toEqual([202, { id, name: 'demo', served_by: 'api-1' }]);
    expect(problemOf(await retry(owner, id))).toMatchObject({ status: 409, code: 'job_not_failed' });
    await fail(id);
    expect((await retry(new Visitor(), id, { authorization: `Bearer ${opsToken}` })).statusCode).toBe(202);
    worker.consume(demo, async () => done);
    await inState(id, 'completed');
    expect(problemOf(await retry(owner, id))).toMatchObject({ status: 409, code: 'job_not_failed' });
    expect(problemOf(await retry(owner, 'demo.none'))).toMatchObject({ status: 404, code: 'job_not_found' });
  });

  it('a retry with an Idempotency-Key is done once, also where its replica dies before it answers', async () => {
    const id = await posted();
    await fail(id);
    const key = { 'idempotency-key': randomUUID() };
    const first = await retry(owner, id, key);
    expect(first.statusCode).toBe(202);
    const replayed = await retry(owner, id, key);
    expect([replayed.statusCode, replayed.body]).toEqual([202, first.body]);
    await fail(id);
    // As when nothing of the answer had been stored.
    const forget = "for _, key in ipairs(redis.call('KEYS', ARGV[1])) do redis.call('DEL', key) end return 1";
    await redisCommand(redisUrl ?? '', 'EVAL', forget, '0', `${namespace}:{i}:*`);
    const again = await retry(owner, id, key);
    expect([again.statusCode, again.body]).toEqual([202, first.body]);
    expect((await owner.ask(replica, `/jobs/${id}`)).json<Job>().state).toBe('failed');
  });
});
