import { expect, it } from '@jest/globals';
import { reportOf } from './jobs.ts';

const sample = (producerCpuUs: number, workerCpuUs: number) => ({
  producerCpuUs,
  workerCpuUs,
  redisCpuUs: 50,
  perSecond: 1_000,
});

it('the bound is the median of the ratios of the rounds, producer and worker together, with an effect', () => {
  const { bounds, table } = reportOf(
    new Map([
      ['bullmq', [sample(50, 50), sample(50, 50), sample(50, 50)]],
      ['jobs', [sample(50, 100), sample(50, 100), sample(50, 100)]],
      ['bullmq-effect', [sample(100, 100), sample(1_000, 1_000), sample(100, 100)]],
      ['jobs-effect', [sample(100, 140), sample(1_100, 1_100), sample(200, 100)]],
    ]),
  );
  expect(bounds).toEqual([{ what: 'client CPU of a job with an effect', value: 1.2, max: 1.25, unit: '× BullMQ' }]);
  expect(table.map((row) => row[4])).toEqual([
    'to BullMQ',
    '1.00 [1.00 to 1.00]',
    '1.50 [1.50 to 1.50]',
    '1.00 [1.00 to 1.00]',
    '1.20 [1.10 to 1.50]',
  ]);
});
