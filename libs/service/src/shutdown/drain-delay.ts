import type { BalancerKind, BaseConfig } from '../config/base-config.ts';
import type { DrainFacts } from '../lifecycle/drain-evidence.ts';
import type { ShutdownTimeouts } from './timeouts.ts';

/** DrainDelayVerdict says whether the drain delay is over and why, or when to look again. */
export type DrainDelayVerdict =
  { readonly over: true; readonly why: 'time' | 'evidence' } | { readonly over: false; readonly waitMs: number };

/** A gateway sees maintenance within milliseconds of the catalog; this is for its event loop and what it just picked. */
const WATCH_MS = 250;
/** Every load balancer that checks could have checked once: check interval 1 s and its time-out. */
const CHECKED_MS = 1_800;
/** Still no new request for so long: nobody picks this replica any more. */
const IDLE_MS = 500;
const LOOK_EVERY_MS = 100;

const watched = ({ sinceMaintenanceMs }: DrainFacts): boolean =>
  sinceMaintenanceMs !== undefined && sinceMaintenanceMs >= WATCH_MS;
const checked = ({ elapsedMs, hasCheckFailed }: DrainFacts): boolean => hasCheckFailed && elapsedMs >= CHECKED_MS;

/** What shows that a load balancer knows. A Traefik that learns from Consul checks by itself too, and sooner. */
const KNOWS: Readonly<Record<BalancerKind, (facts: DrainFacts) => boolean>> = {
  gateway: watched,
  traefik: checked,
  'traefik-consul': checked,
  haproxy: checked,
  'haproxy-consul': checked,
  // Its probes say nothing of the proxies of the other nodes, nor of what stands before them.
  kubernetes: () => false,
  'kubernetes-gateway': () => false,
  'kubernetes-load-balancer': () => false,
  none: () => true,
};

/**
 * drainDelayVerdict is over at the full time. Before that only on evidence from every load balancer, and when no request
 * came for a while: one that does not know yet, or that stands for several, would else send requests to a closed port.
 */
export function drainDelayVerdict(
  balancers: readonly BalancerKind[],
  drainDelayMs: number,
  facts: DrainFacts,
): DrainDelayVerdict {
  const leftMs = drainDelayMs - facts.elapsedMs;
  if (leftMs <= 0) return { over: true, why: 'time' };
  if (facts.idleMs >= IDLE_MS && balancers.every((balancer) => KNOWS[balancer](facts)))
    return { over: true, why: 'evidence' };
  return { over: false, waitMs: Math.min(leftMs, LOOK_EVERY_MS) };
}

/**
 * drainDelayOf is the verdict of now. A delay that was set by hand is for a balancer that we do not know, so nothing
 * shortens it. Only Consul is told of the maintenance; another catalog has confirmed nothing.
 */
export function drainDelayOf(
  {
    BALANCER,
    SHUTDOWN_DRAIN_DELAY_MS,
    DISCOVERY = 'consul',
  }: Pick<BaseConfig, 'BALANCER' | 'SHUTDOWN_DRAIN_DELAY_MS'> & Partial<Pick<BaseConfig, 'DISCOVERY'>>,
  { drainDelayMs }: Pick<ShutdownTimeouts, 'drainDelayMs'>,
  evidence: { facts(): DrainFacts },
): () => DrainDelayVerdict {
  const isSet = SHUTDOWN_DRAIN_DELAY_MS !== undefined;
  return () => {
    const seen = evidence.facts();
    const facts = DISCOVERY === 'consul' ? seen : { ...seen, sinceMaintenanceMs: undefined };
    return drainDelayVerdict(BALANCER, drainDelayMs, isSet ? { ...facts, idleMs: 0 } : facts);
  };
}
