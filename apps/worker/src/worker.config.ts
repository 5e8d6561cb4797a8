import { balancerKind, baseConfig, commaList } from '@nestfleet/service-defaults';
import { z } from 'zod';

export const workerConfig = {
  ...baseConfig({ httpPort: 3002 }),
  BALANCER: z
    .string()
    .min(1)
    .default('none')
    .transform(commaList)
    .pipe(z.array(balancerKind).min(1))
    .meta({ description: 'No front door routes to a worker, so its leaving need not wait for one' }),
};
export type WorkerConfig = z.output<z.ZodObject<typeof workerConfig>>;
