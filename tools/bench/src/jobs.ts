import { startRedisServer } from '@nestfleet/redis/testing';
import { findRedisServer } from '../../fleet/src/programs.ts';
import { baselineOf, CONTENDERS, type ContenderName, NAMES } from './jobs/contenders.ts';
import { DEFAULTS, type JobSample, type JobsPlan, measureJobs, SHORT } from './jobs/measure-jobs.ts';
import { type Bench, shortOf } from './report.ts';
import { formatRatio, median, ratioOf } from './visit/ratios.ts';

/** Of the CPU that plain BullMQ takes for a job, producer and worker together, where each job has an effect. */
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

export function reportOf(
  measured: ReadonlyMap<ContenderName, readonly JobSample[]>,
): Awaited<ReturnType<Bench['run']>> {
  const samplesOf = (name: ContenderName) => measured.get(name) ?? [];
  const toBaseline = (name: ContenderName) => ratioOf(samplesOf(name), samplesOf(baselineOf(name)), clientCpu);
  const row = (name: ContenderName): string[] => {
    const middle = (of: (sample: JobSample) => number): string => shortOf(median(samplesOf(name).map(of)));
    return [
      CONTENDERS[name].words,
      middle(({ producerCpuUs }) => producerCpuUs),
      middle(({ workerCpuUs }) => workerCpuUs),
      middle(clientCpu),
      formatRatio(toBaseline(name)),
      middle(({ redisCpuUs }) => redisCpuUs),
      middle(({ perSecond }) => perSecond),
    ];
  };
  return {
    table: [
      ['', 'producer CPU µs', 'worker CPU µs', 'both', 'to BullMQ', 'Redis CPU µs', 'per second'],
      ...NAMES.map(row),
    ],
    bounds: [
      {
        what: 'client CPU of a job with an effect',
        value: toBaseline('jobs-effect').median,
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
