import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { demoJob, type Job } from '@nestfleet/contracts';
import { defineQueue, type Jobs, openJobs } from '@nestfleet/jobs';
import { until } from '@nestfleet/timing';
import { redisCommand } from './redis-link.ts';
import { open, ownNamespace, problemOf, redisUrl, type Replica, withRedis } from './replica.ts';
import { Visitor } from './visitor.ts';

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
    expect((await owner.ask(replica, '/jobs')).json()).toEqual({ jobs: [] });
    await endedAgo(3_601_000 + 86_400_000);
    expect(problemOf(await owner.ask(replica, `/jobs/${id}`))).toMatchObject({ status: 404, code: 'job_not_found' });
  });
});
