import { describe, expect, it } from '@jest/globals';
import { workerProbes } from './probes.ts';

const away = () => Promise.reject(new Error('away'));
const demo = { waiting: 3, delayed: 2, active: 1, completed: 9, failed: 4 };

describe('workerProbes', () => {
  it('shows round trips and what waits in the queues', async () => {
    const probes = workerProbes({
      state: { checkWrites: async () => 1.26 },
      catalog: 'kubernetes',
      discovery: { ping: async () => 2 },
      jobs: { counts: async () => ({ demo, flaky: demo }), checkWrites: async () => 1 },
      faults: () => [],
    });
    const rows = await Promise.all(probes.map(async (probe) => ({ name: probe.name, ...(await probe.check()) })));
    expect(rows).toEqual([
      { name: 'redis', status: 'up', detail: '1.3 ms' },
      { name: 'kubernetes', status: 'up', detail: '2.0 ms' },
      {
        name: 'queues',
        status: 'up',
        detail: 'demo: 3 waiting, 2 delayed, 1 active, 4 failed; flaky: 3 waiting, 2 delayed, 1 active, 4 failed',
      },
    ]);
  });

  it('is degraded, with the reason, while jobs do not flow', async () => {
    const [, , queues] = workerProbes({
      state: { checkWrites: async () => 1 },
      catalog: 'kubernetes',
      discovery: { ping: async () => 1 },
      jobs: { counts: async () => ({ demo }), checkWrites: async () => 1 },
      faults: () => ['demo: jobs wait'],
    });
    expect(await queues?.check()).toMatchObject({
      status: 'degraded',
      detail: 'demo: jobs wait; demo: 3 waiting, 2 delayed, 1 active, 4 failed',
    });
  });

  it('is degraded while what jobs write or fetch is refused', async () => {
    const [redis] = workerProbes({
      state: { checkWrites: async () => 1 },
      catalog: 'kubernetes',
      discovery: { ping: async () => 1 },
      jobs: { counts: async () => ({ demo }), checkWrites: () => Promise.reject(new Error('NOPERM')) },
      faults: () => [],
    });
    await expect(redis?.check()).rejects.toThrow('NOPERM');
  });

  it('leaves faults to who runs it', async () => {
    const jobs = { counts: away, checkWrites: away };
    const probes = workerProbes({
      state: { checkWrites: away },
      catalog: 'dns',
      discovery: { ping: away },
      jobs,
      faults: () => [],
    });
    for (const probe of probes) await expect(probe.check()).rejects.toThrow('away');
  });
});
