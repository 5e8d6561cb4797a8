import type { Operation } from '../load/operation.ts';
import { type Finding, finding } from './finding.ts';

export const ofKind = (operations: readonly Operation[], name: string): Operation[] =>
  operations.filter(({ kind }) => kind === name);

/** Sent in [fromMs, toMs), in the order of sending. */
export const sentWithin = (operations: readonly Operation[], fromMs: number, toMs = Infinity): Operation[] =>
  operations
    .filter(({ invokedMs }) => invokedMs >= fromMs && invokedMs < toMs)
    .toSorted((a, b) => a.invokedMs - b.invokedMs);

export const isInFlightAt =
  (atMs: number) =>
  ({ invokedMs, endedMs }: Operation): boolean =>
    invokedMs <= atMs && endedMs > atMs;

const worded = (operations: readonly Operation[]) => {
  const firstMs = Math.min(...operations.map(({ invokedMs }) => invokedMs));
  return ({ kind, connection, outcome, reason, servedBy, invokedMs, endedMs }: Operation): string =>
    `${outcome}: ${kind} over a ${connection} connection at ${Math.round(invokedMs - firstMs)} ms, ` +
    `${Math.round(endedMs - invokedMs)} ms: ${reason}${servedBy === undefined ? '' : ` (${servedBy})`}`;
};

/** Every request was done. */
export function noFailure(operations: readonly Operation[]): Finding {
  if (operations.length === 0) return finding('no request fails', ['no request was sent']);
  const bad = operations.filter(({ outcome }) => outcome !== 'ok');
  return finding(`none of ${operations.length} requests fails`, bad.map(worded(operations)));
}

/** None failed that could have been sent elsewhere, and of at most so many nobody knows whether they were done. */
export function atMostUnknown(operations: readonly Operation[], most: number): Finding {
  const unknown = operations.filter(({ outcome }) => outcome === 'unknown');
  const failed = operations.filter(({ outcome }) => outcome === 'fail');
  const tooMany = unknown.length > most ? [`${unknown.length} are unknown`, ...unknown.map(worded(operations))] : [];
  return finding(`at most ${most} of ${operations.length} requests are unknown, none fails`, [
    ...failed.map(worded(operations)),
    ...tooMany,
  ]);
}

/** Each got some answer in time, a good one or not: nobody waits for ever. */
export function answeredWithin(operations: readonly Operation[], limitMs: number): Finding {
  const late = operations.filter(({ endedMs, invokedMs }) => endedMs - invokedMs > limitMs);
  // A status begins the reason of every answer.
  const silent = operations.filter(({ reason }) => !/^\d{3}\b/.test(reason));
  return finding(
    `every one of ${operations.length} requests is answered within ${limitMs} ms`,
    [...silent, ...late].map(worded(operations)),
  );
}
