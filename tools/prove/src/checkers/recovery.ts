import type { Operation } from '../load/operation.ts';
import { type Finding, finding } from './finding.ts';

/** Good answers in a row without which nothing has recovered. */
const STEADY = 50;

/**
 * Milliseconds from the end of a fault until every request succeeds again: until the last one that did not was sent.
 * Undefined when it does not recover, or too little was sent to tell.
 */
export function recoveryMs(operations: readonly Operation[], healedMs: number): number | undefined {
  const after = operations.filter(({ invokedMs }) => invokedMs >= healedMs);
  const lastBadMs = Math.max(
    healedMs,
    ...after.flatMap(({ outcome, invokedMs }) => (outcome === 'ok' ? [] : [invokedMs])),
  );
  const good = after.filter(({ invokedMs }) => invokedMs > lastBadMs).length;
  return good >= STEADY ? lastBadMs - healedMs : undefined;
}

export function recoversWithin(operations: readonly Operation[], healedMs: number, limitMs: number): Finding {
  const tookMs = recoveryMs(operations, healedMs);
  const faults =
    tookMs === undefined
      ? [`it never does for ${STEADY} requests`]
      : tookMs > limitMs
        ? [`it takes ${Math.round(tookMs)} ms`]
        : [];
  return finding(`every request succeeds again within ${limitMs} ms`, faults);
}

/** Requests that replicas were sent for each one that a client sent. NaN when none was. */
export const amplification = (attempts: number, requests: number): number =>
  requests === 0 ? Number.NaN : attempts / requests;
