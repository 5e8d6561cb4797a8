import type { HealthCheck } from '../catalog.ts';
import { originOf } from '../instance.ts';

/** READINESS is the active health check of Consul and of load balancers: a second is Consul's least interval. */
export const READINESS = { path: '/readyz', intervalMs: 1_000, timeoutMs: 800 } as const;

/**
 * healthCheckFor is an HTTP readiness check for a replica with a port, and a TTL check with a heartbeat every 3 s for one
 * without, of which two may be missed. An entry that nobody removes is removed by the registry a minute after it turned
 * critical.
 */
export function healthCheckFor(address: string, port: number | null): HealthCheck {
  const deregisterAfterMs = 60_000;
  if (port === null) return { kind: 'ttl', ttlMs: 10_000, heartbeatMs: 3_000, deregisterAfterMs };
  const { path, intervalMs, timeoutMs } = READINESS;
  return { kind: 'http', url: `${originOf({ address, port })}${path}`, intervalMs, timeoutMs, deregisterAfterMs };
}
