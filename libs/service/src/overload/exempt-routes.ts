import { HEALTH_CHECKS } from '../health-checks.ts';

/** For those who run the fleet: what they look at while it is overloaded. */
const OPS_PREFIX = '/ops/';

/** isExempt: requests to this route are neither limited nor refused for an overload. */
export const isExempt = (route: string): boolean => HEALTH_CHECKS.has(route) || route.startsWith(OPS_PREFIX);
