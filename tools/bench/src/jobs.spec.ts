import { expect, it } from '@jest/globals';
import { reportOf } from './jobs.ts';

const sample = (producerCpuUs: number, workerCpuUs: number) => ({
  producerCpuUs,
  workerCpuUs,
  redisCpuUs: 50,
  perSecond: 1_000,
});

it('the bound is the median of the ratios of the rounds, producer and worker together', () => {
  const { bounds, table } = reportOf(
    new Map([
      ['bullmq', [sample(100, 100), sample(1_000, 1_000), sample(100, 100)]],
      ['jobs', [sample(100, 140), sample(1_100, 1_100), sample(200, 100)]],
    ]),
  );
  expect(bounds).toEqual([{ what: 'client CPU of a job', value: 1.2, max: 1.25, unit: '× BullMQ' }]);
  expect(table.at(-1)?.slice(0, 5)).toEqual(['libs/jobs', '200', '140', '300', '1.20 [1.10 to 1.50]']);
});
