import { HEALTH_PATHS } from '@nestfleet/contracts';

/** HEALTH_CHECKS are the routes that health checks ask. */
export const HEALTH_CHECKS: ReadonlySet<string> = new Set(Object.values(HEALTH_PATHS));
