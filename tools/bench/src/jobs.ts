import { startRedisServer } from '@nestfleet/redis/testing';
import { findRedisServer } from '../../fleet/src/programs.ts';
import { BASELINE, CONTENDERS, type Contender } from './jobs/contenders.ts';
import { DEFAULTS, type JobSample, type JobsPlan, measureJobs, SHORT } from './jobs/measure-jobs.ts';
import { type Bench, shortOf } from './report.ts';
import { formatRatio, median, ratioOf } from './visit/ratios.ts';

/** Of the CPU that plain BullMQ takes for a job, producer and worker together. */
const CLIENT_CPU_MAX = 1.25;

const clientCpu = ({ producerCpuUs, workerCpuUs }: JobSample): number => producerCpuUs + workerCpuUs;

async function runJobs(plan: JobsPlan): ReturnType<Bench['run']> {
  const { path: binary } = await findRedisServer();
  const redis = await startRedisServer({ binary });
  try {
    return reportOf(await measureJobs(redis, plan));
  } finally {
    await redis.stop();
  }
}

export function reportOf(measured: ReadonlyMap<Contender, readonly JobSample[]>): Awaited<ReturnType<Bench['run']>> {
  const samplesOf = (contender: Contender) => measured.get(contender) ?? [];
  const baseline = samplesOf(BASELINE);
  const row = (contender: Contender): string[] => {
    const samples = samplesOf(contender);
    const middle = (of: (sample: JobSample) => number): string => shortOf(median(samples.map(of)));
    return [
      CONTENDERS[contender],
      middle(({ producerCpuUs }) => producerCpuUs),
      middle(({ workerCpuUs }) => workerCpuUs),
      middle(clientCpu),
      formatRatio(ratioOf(samples, baseline, clientCpu)),
      middle(({ redisCpuUs }) => redisCpuUs),
      middle(({ perSecond }) => perSecond),
    ];
  };
  return {
    table: [
      ['', 'producer CPU µs', 'worker CPU µs', 'both', 'to the first', 'Redis CPU µs', 'per second'],
      ...(Object.keys(CONTENDERS) as Contender[]).map(row),
    ],
    bounds: [
      {
        what: 'client CPU of a job',
        value: ratioOf(samplesOf('jobs'), baseline, clientCpu).median,
        max: CLIENT_CPU_MAX,
        unit: '× BullMQ',
      },
    ],
  };
}

export const jobs: Bench = {
  name: 'jobs',
  shows: 'CPU of producer and worker for a job, beside BullMQ by itself with the same settings, a real Redis',
  run: () => runJobs(DEFAULTS),
  short: () => runJobs(SHORT),
};
