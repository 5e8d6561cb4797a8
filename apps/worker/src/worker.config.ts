import { services } from '@nestfleet/contracts';
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
};
export type WorkerConfig = z.output<z.ZodObject<typeof workerConfig>>;

/** jobsWithinMs is how long running jobs may go on once the worker shuts down. */
export const jobsWithinMs = (config: WorkerConfig): number => Math.max(0, config.SHUTDOWN_FINISH_MS - RELEASE_MS);
