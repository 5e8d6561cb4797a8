import { afterEach, describe, expect, it } from '@jest/globals';
import { startRedisCluster, startRedisSentinels } from '@nestfleet/state/testing';
import { type Replica, json, open, ownNamespace } from './replica.ts';
import { Visitor } from './visitor.ts';

const there = (process.env['NESTFLEET_REDIS_SERVER'] ?? '') !== '' || process.env['CI'] !== undefined;
if (!there) console.warn('NESTFLEET_REDIS_SERVER IS NOT SET: THE API IS NOT TESTED OVER MANY REDIS SERVERS');

const kinds = [
  ['a Redis Cluster', () => startRedisCluster({ primaries: 3 })],
  ['Redis Sentinels', () => startRedisSentinels({ replicas: 1, sentinels: 3 })],
] as const;

(there ? describe : describe.skip)('the api', () => {
  const closes: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closes.splice(0).toReversed()) await close();
  });

  it.each(kinds)(
    'counts, keeps and enqueues over %s, two replicas together',
    async (_name, start) => {
      const redis = await start();
      closes.push(() => redis.stop());
      const lines: string[] = [];
      const environment = { REDIS_URL: redis.url, NAMESPACE: ownNamespace() };
      const replicas: Replica[] = [];
      for (const name of ['api-1', 'api-2']) {
        const replica = await open(environment, name, (line) => lines.push(line));
        closes.push(() => replica.close());
        replicas.push(replica);
      }
      const [one, two] = replicas as [Replica, Replica];
      const visitor = new Visitor();
      expect((await visitor.ask(one, '/')).json()).toMatchObject({ session_count: 1, global_count: 1 });
      expect((await visitor.ask(two, '/')).json()).toMatchObject({ session_count: 2, global_count: 2 });
      const put = await one.app.inject({ method: 'PUT', url: '/values/k', headers: json, payload: { value: 'v' } });
      expect(put.statusCode).toBeLessThan(300);
      expect((await two.app.inject('/values/k')).json()).toMatchObject({ value: 'v' });
      expect((await two.app.inject('/values')).body).toContain('"k"');
      const payload = { name: 'demo', payload: { job: 'x' } };
      const enqueued = await one.app.inject({ method: 'POST', url: '/jobs', headers: json, payload });
      expect(enqueued.statusCode).toBe(202);
      const { id } = enqueued.json<{ id: string }>();
      expect((await two.app.inject(`/jobs/${id}`)).json()).toMatchObject({ id, state: 'waiting' });
      // Once per replica, not once per connection; and in words what this Redis may lose.
      expect(lines.filter((line) => line.includes('redis.up'))).toHaveLength(2);
      expect(lines.find((line) => line.includes('no_append_only_file'))).toContain('set appendonly yes');
    },
    60_000,
  );
});
