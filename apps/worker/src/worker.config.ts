import { balancerKind, baseConfig, commaList } from '@nestfleet/service';
import { z } from 'zod';

/** What giving back unfinished jobs takes, milliseconds; running jobs have the rest of SHUTDOWN_FINISH_MS. */
const HAND_BACK_MS = 1_500;

export const workerConfig = {
  // Jobs get 25 s; with closing it adds up to 30 s.
  ...baseConfig({ httpPort: 3002, shutdown: { inFlightMs: 500, finishMs: 26_500 } }),
  BALANCER: z
    .string()
    .min(1)
    .default('none')
    .transform(commaList)
    .pipe(z.array(balancerKind).min(1))
    .meta({ description: 'No front door routes to a worker, so its leaving need not wait for one' }),
};
export type WorkerConfig = z.output<z.ZodObject<typeof workerConfig>>;

/** How long running jobs may go on once the worker is to leave. */
export const jobsWithinMs = (config: WorkerConfig): number => Math.max(0, config.SHUTDOWN_FINISH_MS - HAND_BACK_MS);
