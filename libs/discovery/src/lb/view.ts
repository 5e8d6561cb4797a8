import type { Health } from '../instance.ts';
import type { EjectionReason } from './ejection.ts';
import type { Upstream } from './upstream.ts';
import type { Upstreams } from './upstreams.ts';

/** UpstreamView is how this process sees the instances of one service; the control plane's `upstreamView`, spelt out for packages. */
export interface UpstreamView {
  service: string;
  /** Time of the catalog's last good answer, milliseconds since 1970; 0 before the first. */
  as_of_ms: number;
  age_ms: number | null;
  stale: boolean;
  cached: boolean;
  instances: Record<Health, number>;
  /** At most 50, by id. Until then an instance gets no request while another one is left; after it, one probe at a time. */
  ejected: { id: string; why: EjectionReason; failures: number; until_ms: number }[];
  ejected_count: number;
}

/** Keeps a report small however large the service is. */
const EJECTED_LISTED_MAX = 50;

/** upstreamViews is how this process sees each service that it calls, as the control plane spells it. */
export const upstreamViews = (upstreams: Pick<Upstreams, 'all'>, nowMs: number): UpstreamView[] =>
  upstreams.all().map((upstream) => viewOf(upstream, nowMs));

function viewOf(upstream: Upstream, nowMs: number): UpstreamView {
  const { instances, asOfMs, error, cached = false } = upstream.instances();
  const count = (health: Health): number => instances.filter((instance) => instance.health === health).length;
  const ejected = upstream
    .members()
    .flatMap(({ instance: { id }, why, failures, ejectedForMs }) =>
      why === undefined ? [] : [{ id, why, failures, until_ms: Math.round(nowMs + ejectedForMs) }],
    );
  return {
    service: upstream.service,
    as_of_ms: asOfMs,
    age_ms: asOfMs === 0 ? null : Math.max(0, nowMs - asOfMs),
    stale: error !== undefined,
    cached,
    instances: { passing: count('passing'), critical: count('critical'), maintenance: count('maintenance') },
    ejected: ejected.slice(0, EJECTED_LISTED_MAX),
    ejected_count: ejected.length,
  };
}
