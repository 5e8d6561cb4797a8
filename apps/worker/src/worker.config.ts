import { services, wholeNumber } from '@nestfleet/contracts';
import { balancerKind, baseConfig, commaList } from '@nestfleet/service';
import { z } from 'zod';

/** Time to release unfinished jobs to the queue, milliseconds; running jobs have the rest of SHUTDOWN_FINISH_MS. */
const RELEASE_MS = 1_500;

export const workerConfig = {
  ...baseConfig({ httpPort: services.worker.ports.http, shutdown: services.worker.shutdown }),
  BALANCER: z
    .string()
    .min(1)
    .default('none')
    .transform(commaList)
    .pipe(z.array(balancerKind).min(1))
    .meta({ description: 'No load balancer routes to a worker, so it needs no drain delay' }),
  JOBS_VISIBILITY_MS: wholeNumber(1_000, 3_600_000).prefault(30_000).meta({
    description:
      'How long a worker may be silent before its jobs are given to another one, within 1.5 of it, and how long Redis may refuse without a job being run again, milliseconds; the same in all workers',
  }),
  JOBS_DEATHS_MAX: wholeNumber(1, 100).prefault(3).meta({
    description: 'How many workers may die with a job alone in them before it becomes a dead letter',
  }),
};
export type WorkerConfig = z.output<z.ZodObject<typeof workerConfig>>;

/** jobsWithinMs is how long running jobs may go on once the worker shuts down. */
export const jobsWithinMs = (config: WorkerConfig): number => Math.max(0, config.SHUTDOWN_FINISH_MS - RELEASE_MS);
