import type { BalancerKind, BaseConfig } from '../config/base-config.ts';
import type { NoticeFacts } from './evidence.ts';
import type { LeavingSums } from './sums.ts';

export type NoticeVerdict =
  { readonly over: true; readonly why: 'time' | 'evidence' } | { readonly over: false; readonly waitMs: number };

/** A gateway sees maintenance within milliseconds of the catalog; this is for its event loop and what it just picked. */
const WATCH_MS = 250;
/** Every door that checks could have asked once: check interval 1 s and its time-out. */
const CHECKED_MS = 1_800;
/** Still no new request for so long: nobody picks this replica any more. */
const IDLE_MS = 500;
const LOOK_EVERY_MS = 100;

const watched = ({ sinceToldMs }: NoticeFacts): boolean => sinceToldMs !== undefined && sinceToldMs >= WATCH_MS;
const checked = ({ elapsedMs, doorAsked }: NoticeFacts): boolean => doorAsked && elapsedMs >= CHECKED_MS;

/** What shows that a door knows. A Traefik that learns from Consul checks by itself too, and sooner. */
const KNOWS: Readonly<Record<BalancerKind, (facts: NoticeFacts) => boolean>> = {
  gateway: watched,
  traefik: checked,
  'traefik-consul': checked,
  haproxy: checked,
  'haproxy-consul': checked,
  none: () => true,
};

/**
 * Is the notice over? At its full time it is. Before that only on evidence from every door, and when no request came for a
 * while: a door that nobody has told, or that several share, would else send requests to a closed port.
 */
export function noticeVerdict(doors: readonly BalancerKind[], noticeMs: number, facts: NoticeFacts): NoticeVerdict {
  const leftMs = noticeMs - facts.elapsedMs;
  if (leftMs <= 0) return { over: true, why: 'time' };
  if (facts.quietMs >= IDLE_MS && doors.every((door) => KNOWS[door](facts))) return { over: true, why: 'evidence' };
  return { over: false, waitMs: Math.min(leftMs, LOOK_EVERY_MS) };
}

/** The verdict of now. A notice that was set by hand is for a door that we do not know, so nothing shortens it. */
export function noticeOf(
  { BALANCER, LEAVING_NOTICE_MS }: Pick<BaseConfig, 'BALANCER' | 'LEAVING_NOTICE_MS'>,
  { noticeMs }: Pick<LeavingSums, 'noticeMs'>,
  evidence: { facts(): NoticeFacts },
): () => NoticeVerdict {
  const isSet = LEAVING_NOTICE_MS !== undefined;
  return () => {
    const facts = evidence.facts();
    return noticeVerdict(BALANCER, noticeMs, isSet ? { ...facts, quietMs: 0 } : facts);
  };
}
