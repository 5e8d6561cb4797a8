import type { BalancerKind, BaseConfig } from '../config/base-config.ts';

/**
 * DRAIN_DELAY_MS is the time from the start of the shutdown until the load balancer can no longer pick this replica.
 * HAProxy: check interval 1 s × fall 2 + 1 s. Traefik by Consul: watched, 1 s + its throttle of 1 s, and slack. Traefik by
 * Docker: its events come late, so 3 s. The gateway watches the catalog and sees maintenance within milliseconds. Kubernetes
 * takes the endpoint from the proxies of all nodes, which nothing here sees; a Gateway hears of it by its controller, and a
 * load balancer of a cloud by health checks of its own, of 10 s and more each.
 */
const DRAIN_DELAY_MS: Readonly<Record<BalancerKind, number>> = {
  gateway: 1_000,
  traefik: 3_000,
  'traefik-consul': 3_000,
  haproxy: 3_000,
  'haproxy-consul': 3_000,
  kubernetes: 5_000,
  'kubernetes-gateway': 10_000,
  'kubernetes-load-balancer': 30_000,
  none: 0,
};

/** Deregistration, closing of connections, and slack, milliseconds. */
export const CLOSE_MS = 3_000;
/**
 * Longest waits for a catalog that does not answer, milliseconds; both come out of CLOSE_MS. What it did not hear it finds
 * out by its own checks.
 */
export const MAINTENANCE_MS = 500;
export const DEREGISTER_MS = 2_000;

/**
 * What the platform must allow beyond the hard deadline, milliseconds: our line says what was cut, its kill says nothing.
 */
export const SPARE_MS = 5_000;

/** ShutdownTimeouts are the longest times of the parts of a graceful shutdown, and their sum. */
export interface ShutdownTimeouts {
  readonly drainDelayMs: number;
  readonly inFlightMs: number;
  readonly finishMs: number;
  /** After this the process ends however far it got. */
  readonly hardMs: number;
}

/** ShutdownTimes are the settings that the time-outs of a shutdown are made of. */
export type ShutdownTimes = Pick<
  BaseConfig,
  'BALANCER' | 'SHUTDOWN_DRAIN_DELAY_MS' | 'SHUTDOWN_IN_FLIGHT_MS' | 'SHUTDOWN_FINISH_MS'
>;

/**
 * shutdownTimeouts takes the longest drain delay of all load balancers, unless one is set; the parts add up to the hard
 * deadline.
 */
export function shutdownTimeouts(config: ShutdownTimes): ShutdownTimeouts {
  const drainDelayMs =
    config.SHUTDOWN_DRAIN_DELAY_MS ?? Math.max(...config.BALANCER.map((kind) => DRAIN_DELAY_MS[kind]));
  const parts = { inFlightMs: config.SHUTDOWN_IN_FLIGHT_MS, finishMs: config.SHUTDOWN_FINISH_MS };
  return { drainDelayMs, ...parts, hardMs: drainDelayMs + parts.inFlightMs + parts.finishMs + CLOSE_MS };
}

/** SettingNames are what messages call the settings. */
export interface SettingNames {
  readonly balancers: string;
  readonly drainDelayMs: string;
  readonly inFlightMs: string;
  readonly finishMs: string;
  readonly stopGraceMs: string;
}

const VARIABLES: SettingNames = {
  balancers: 'BALANCER',
  drainDelayMs: 'SHUTDOWN_DRAIN_DELAY_MS',
  inFlightMs: 'SHUTDOWN_IN_FLIGHT_MS',
  finishMs: 'SHUTDOWN_FINISH_MS',
  stopGraceMs: 'STOP_GRACE_MS',
};

/** Why a drain delay that is set is too short for the load balancers that are named; undefined when it is not. */
export function drainDelayFault(
  { BALANCER, SHUTDOWN_DRAIN_DELAY_MS }: ShutdownTimes,
  names: SettingNames = VARIABLES,
): string | undefined {
  const slowest = BALANCER.toSorted((a, b) => DRAIN_DELAY_MS[b] - DRAIN_DELAY_MS[a])[0] ?? 'none';
  if (SHUTDOWN_DRAIN_DELAY_MS === undefined || SHUTDOWN_DRAIN_DELAY_MS >= DRAIN_DELAY_MS[slowest]) return undefined;
  return (
    `${names.drainDelayMs}: is ${SHUTDOWN_DRAIN_DELAY_MS}, and ${slowest} may still pick a draining replica for ` +
    `${DRAIN_DELAY_MS[slowest]} ms; leave it out, or name in ${names.balancers} the load balancers that there are`
  );
}

/**
 * Why `gateway` alone, the default, is too little for a pod; undefined where it is not. What stands before a pod is nearly always the
 * cluster's: its proxies are seconds behind, and nothing says when they know.
 */
export function balancerFault({
  BALANCER,
  DISCOVERY,
  SHUTDOWN_DRAIN_DELAY_MS,
}: Pick<BaseConfig, 'BALANCER' | 'DISCOVERY' | 'SHUTDOWN_DRAIN_DELAY_MS'>): string | undefined {
  if (DISCOVERY !== 'kubernetes' || SHUTDOWN_DRAIN_DELAY_MS !== undefined) return undefined;
  if (BALANCER.some((kind) => kind !== 'gateway')) return undefined;
  return (
    'BALANCER: is gateway, and with DISCOVERY=kubernetes the cluster may send to a draining pod for longer; name kubernetes, ' +
    'kubernetes-gateway or kubernetes-load-balancer, none for a service that is sent no requests, or set SHUTDOWN_DRAIN_DELAY_MS'
  );
}

/** Why these times do not fit into what the platform gives; undefined when they do, or when it has not said. */
export function gracePeriodFault(
  { drainDelayMs, inFlightMs, finishMs, hardMs }: ShutdownTimeouts,
  stopGraceMs: number | undefined,
  names: SettingNames = VARIABLES,
): string | undefined {
  const needMs = hardMs + SPARE_MS;
  if (stopGraceMs === undefined || needMs <= stopGraceMs) return undefined;
  return (
    `${names.stopGraceMs}: is ${stopGraceMs}, the shutdown needs ${needMs}: drain delay ${drainDelayMs} + in flight ${inFlightMs} ` +
    `+ finish ${finishMs} + closing ${CLOSE_MS} + ${SPARE_MS} to spare; give more (stop_grace_period and ` +
    `${names.stopGraceMs} together), or lower ${names.inFlightMs} or ${names.finishMs}`
  );
}
