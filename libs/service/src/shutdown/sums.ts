import type { BalancerKind, BaseConfig } from '../config/base-config.ts';

/**
 * Milliseconds from "I am leaving" until the balancer can no longer pick this replica. HAProxy: check interval 1 s × fall 2
 * + 1 s. Traefik by Consul: watched, 1 s + its 2 s throttle. Traefik by Docker: its events come late, so 3 s. The gateway
 * watches the catalog and sees maintenance within milliseconds.
 */
const NOTICE_MS: Readonly<Record<BalancerKind, number>> = {
  gateway: 1_000,
  traefik: 3_000,
  'traefik-consul': 3_000,
  haproxy: 3_000,
  'haproxy-consul': 3_000,
  none: 0,
};

/** Deregistration, closing of connections, and slack, milliseconds. */
export const CLOSE_MS = 3_000;
/**
 * Longest waits for a catalog that does not answer, milliseconds; both come out of CLOSE_MS. What it was not told it finds
 * out by its own checks.
 */
export const TOLD_MS = 500;
export const WITHDRAW_MS = 2_000;

/** What the platform must allow beyond the hard deadline, milliseconds: our line says what was cut, its kill says nothing. */
export const SPARE_MS = 5_000;

export interface LeavingSums {
  readonly noticeMs: number;
  readonly inFlightMs: number;
  readonly finishMs: number;
  /** After this the process ends however far it got. */
  readonly hardMs: number;
}

type Times = Pick<BaseConfig, 'BALANCER' | 'LEAVING_NOTICE_MS' | 'LEAVING_IN_FLIGHT_MS' | 'LEAVING_FINISH_MS'>;

/** The longest notice of all front doors, unless one is set; every further part adds up to the hard deadline. */
export function leavingSums(config: Times): LeavingSums {
  const noticeMs = config.LEAVING_NOTICE_MS ?? Math.max(...config.BALANCER.map((kind) => NOTICE_MS[kind]));
  const parts = { inFlightMs: config.LEAVING_IN_FLIGHT_MS, finishMs: config.LEAVING_FINISH_MS };
  return { noticeMs, ...parts, hardMs: noticeMs + parts.inFlightMs + parts.finishMs + CLOSE_MS };
}

/** Why a notice that is set is too short for the front doors that are named; undefined when it is not. */
export function noticeFault({ BALANCER, LEAVING_NOTICE_MS }: Times): string | undefined {
  const slowest = BALANCER.toSorted((a, b) => NOTICE_MS[b] - NOTICE_MS[a])[0] ?? 'none';
  if (LEAVING_NOTICE_MS === undefined || LEAVING_NOTICE_MS >= NOTICE_MS[slowest]) return undefined;
  return (
    `LEAVING_NOTICE_MS: is ${LEAVING_NOTICE_MS}, and ${slowest} may still pick a leaving replica for ` +
    `${NOTICE_MS[slowest]} ms; leave it out, or name in BALANCER the doors that there are`
  );
}

/** Why these times do not fit into what the platform gives; undefined when they do, or when it has not said. */
export function leavingFault(
  { noticeMs, inFlightMs, finishMs, hardMs }: LeavingSums,
  stopGraceMs: number | undefined,
): string | undefined {
  const needMs = hardMs + SPARE_MS;
  if (stopGraceMs === undefined || needMs <= stopGraceMs) return undefined;
  return (
    `STOP_GRACE_MS: is ${stopGraceMs}, leaving needs ${needMs}: notice ${noticeMs} + in flight ${inFlightMs} ` +
    `+ finish ${finishMs} + closing ${CLOSE_MS} + ${SPARE_MS} to spare; give more (stop_grace_period and STOP_GRACE_MS ` +
    `together), or lower LEAVING_IN_FLIGHT_MS or LEAVING_FINISH_MS`
  );
}
