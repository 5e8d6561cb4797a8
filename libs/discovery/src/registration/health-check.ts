import type { HealthCheck } from '../catalog.ts';
import { originOf } from '../instance.ts';

/**
 * READINESS is the active health check of Consul and of load balancers: a second is Consul's least interval. The path is
 * `HEALTH_PATHS.ready` of the contracts, which this lib does not import; a spec compares them.
 */
export const READINESS = { path: '/readyz', intervalMs: 1_000, timeoutMs: 800 } as const;

/** CheckSettings are those of the HTTP check of a replica. Times in milliseconds. */
export interface CheckSettings {
  /** @default '/readyz' */
  readonly path?: string;
  /** Consul takes a second at least. @default 1_000 */
  readonly intervalMs?: number;
  /** @default 800 */
  readonly timeoutMs?: number;
  /** How long an entry may be critical before the registry removes it; Consul takes a minute at least. @default 60_000 */
  readonly deregisterAfterMs?: number;
}

/** The meta of an entry whose check asks another path than the default one. */
export const CHECK_PATH_META = 'check_path';

/**
 * healthCheckFor is an HTTP readiness check for a replica with a port, and a TTL check with a heartbeat every 3 s for one
 * without, of which two may be missed. An entry that nobody removes is removed by the registry a minute after it turned
 * critical.
 */
export function healthCheckFor(address: string, port: number | null, settings: CheckSettings = {}): HealthCheck {
  const { path, intervalMs, timeoutMs, deregisterAfterMs } = { ...READINESS, deregisterAfterMs: 60_000, ...settings };
  if (port === null) return { kind: 'ttl', ttlMs: 10_000, heartbeatMs: 3_000, deregisterAfterMs };
  return { kind: 'http', url: `${originOf({ address, port })}${path}`, intervalMs, timeoutMs, deregisterAfterMs };
}
