import type { IncomingHttpHeaders } from 'node:http';
import { HEALTH_PATHS } from '@nestfleet/contracts';

/** HEALTH_CHECKS are the routes that health checks ask. */
export const HEALTH_CHECKS: ReadonlySet<string> = new Set(Object.values(HEALTH_PATHS));

/**
 * isLoadBalancersCheck tells the health check that a load balancer makes by itself from one that a client asks for through
 * it: every edge proxy names the client of what it forwards, and no client can take that away.
 */
export function isLoadBalancersCheck(route: string, headers: IncomingHttpHeaders, checks = HEALTH_CHECKS): boolean {
  return checks.has(route) && headers['x-forwarded-for'] === undefined;
}
