import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import type { Jobs } from '../src/index.ts';
import { WITHIN_MS, demo, describeWith, flaky, openings, ownNamespace } from './servers.ts';

describeWith('REDIS_URL', 'handlers of queues', () => {
  const { open, closeAll } = openings();
  let jobs: Jobs;

  beforeEach(async () => {
    jobs = open({ namespace: ownNamespace(), queues: [demo, flaky] });
    await jobs.ready();
  });
  afterEach(closeAll);

  it('are one for each queue, until it is closed', async () => {
    let ran = '';
    const consume = (who: string) =>
      jobs.consume(demo, async ({ payload }) => {
        ran = who;
        return { job: payload.job, value_key: 'k', written: 'w' };
      });
    const first = consume('first');
    expect(() => consume('second')).toThrow(expect.objectContaining({ code: 'handler_exists' }));
    await first.close(1_000);
    consume('third');
    await jobs.enqueue(demo, { job: 'x' });
    await until(() => ran !== '', WITHIN_MS);
    expect(ran).toBe('third');
  });

  it('are missed by name', () => {
    expect(() => jobs.requireHandlers()).toThrow('No handler of demo, flaky (handler_missing)');
    jobs.consume(flaky, async () => ({ attempts: 1 }));
    expect(() => jobs.requireHandlers()).toThrow(/No handler of demo \(/);
    expect(() => jobs.requireHandlers([flaky])).not.toThrow();
  });
});
