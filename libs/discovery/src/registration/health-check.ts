import type { HealthCheck } from '../catalog.ts';
import { originOf } from '../instance.ts';

/** How a replica is asked, by Consul and by balancers: each second is Consul's floor, so a crash is seen within it. */
export const READINESS = { path: '/readyz', intervalMs: 1_000, timeoutMs: 800 } as const;

/**
 * A replica with an HTTP port is asked whether it is ready; one without a port says itself every 3 s that it lives, and
 * may miss two of these beats. What nobody takes away is removed by the registry a minute after it turned critical.
 */
export function healthCheckFor(address: string, port: number | null): HealthCheck {
  const deregisterAfterMs = 60_000;
  if (port === null) return { kind: 'ttl', ttlMs: 10_000, beatMs: 3_000, deregisterAfterMs };
  const { path, intervalMs, timeoutMs } = READINESS;
  return { kind: 'http', url: `${originOf({ address, port })}${path}`, intervalMs, timeoutMs, deregisterAfterMs };
}
