import type { BalancerKind } from '../config/base-config.ts';

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

export interface LeavingSums {
  readonly noticeMs: number;
  readonly inFlightMs: number;
  readonly finishMs: number;
  /** After this the process ends however far it got. */
  readonly hardMs: number;
}

/** The longest notice of all front doors; every further part adds up to the hard deadline. */
export function leavingSums(
  balancers: readonly BalancerKind[],
  parts: { inFlightMs: number; finishMs: number },
): LeavingSums {
  const noticeMs = Math.max(...balancers.map((kind) => NOTICE_MS[kind]));
  return { noticeMs, ...parts, hardMs: noticeMs + parts.inFlightMs + parts.finishMs + CLOSE_MS };
}
