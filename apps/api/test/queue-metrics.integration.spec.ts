import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { json, open, ownNamespace, redisUrl, type Replica, withRedis } from './replica.ts';

withRedis('metrics of the queues', () => {
  let replicas: Replica[];

  beforeEach(async () => {
    const environment = { NAMESPACE: ownNamespace(), REDIS_URL: redisUrl ?? '' };
    replicas = await Promise.all(['api-1', 'api-2'].map((name) => open(environment, name)));
  });
  afterEach(async () => {
    await Promise.all(replicas.map((each) => each.close()));
  });

  it('tell the same from every replica, with no worker', async () => {
    const answer = await replicas[0]?.app.inject({
      method: 'POST',
      url: '/jobs',
      headers: json,
      payload: JSON.stringify({ name: 'demo', payload: { job: 'wanted' } }),
    });
    expect(answer?.statusCode).toBe(202);
    for (const { metrics } of replicas) {
      const desired = /^nestfleet_jobs_desired_workers\{queue="demo",.*\} 1$/m;
      expect(await until(async () => desired.test(await metrics.registry.metrics()), 20_000)).toBe(true);
      expect(await metrics.registry.metrics()).toMatch(/^nestfleet_jobs_desired_workers\{queue="primes",.*\} 0$/m);
    }
  });
});
