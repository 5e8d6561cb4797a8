import type { Health } from '../instance.ts';
import type { Upstream } from './upstream.ts';
import type { Upstreams } from './upstreams.ts';

/** How this process sees the instances of one service; the control plane's `upstreamView`, spelt out for packages. */
export interface UpstreamView {
  service: string;
  /** Time of the catalog's last good answer, milliseconds since 1970; 0 before the first. */
  as_of_ms: number;
  age_ms: number | null;
  stale: boolean;
  cached: boolean;
  instances: Record<Health, number>;
  /** Ids that are passed over for now. */
  ejected: string[];
}

/** How this process sees each service that it calls, in the words of the control plane. */
export const upstreamViews = (upstreams: Pick<Upstreams, 'all'>, nowMs: number): UpstreamView[] =>
  upstreams.all().map((upstream) => viewOf(upstream, nowMs));

function viewOf(upstream: Upstream, nowMs: number): UpstreamView {
  const { instances, asOfMs, error, cached = false } = upstream.instances();
  const count = (health: Health): number => instances.filter((instance) => instance.health === health).length;
  return {
    service: upstream.service,
    as_of_ms: asOfMs,
    age_ms: asOfMs === 0 ? null : Math.max(0, nowMs - asOfMs),
    stale: error !== undefined,
    cached,
    instances: { passing: count('passing'), critical: count('critical'), maintenance: count('maintenance') },
    ejected: upstream
      .members()
      .filter(({ ejectedForMs }) => ejectedForMs > 0)
      .map(({ instance }) => instance.id),
  };
}
