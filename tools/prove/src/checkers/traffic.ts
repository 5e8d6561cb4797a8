import type { Operation } from '../load/operation.ts';
import { type Finding, finding } from './finding.ts';

/** Part of the good answers that each replica gave, by `x-served-by`. */
export function shares(operations: readonly Operation[]): ReadonlyMap<string, number> {
  const done = operations.filter(({ outcome, servedBy }) => outcome === 'ok' && servedBy !== undefined);
  const counts = Map.groupBy(done, ({ servedBy }) => servedBy ?? '');
  return new Map([...counts].map(([name, mine]) => [name, mine.length / done.length]));
}

export const inPercent = (share: number): string => `${(share * 100).toFixed(1)} %`;

export const formatShares = (operations: readonly Operation[]): string =>
  [...shares(operations)]
    .toSorted(([a], [b]) => a.localeCompare(b, 'en'))
    .map(([name, share]) => `${name} ${inPercent(share)}`)
    .join(', ');

/** One replica's part of the traffic is within bounds. */
export function shareWithin(
  operations: readonly Operation[],
  name: string,
  { least = 0, most = 1 }: { readonly least?: number; readonly most?: number },
): Finding {
  const all = shares(operations);
  const share = all.get(name) ?? 0;
  const claim = `${name} has ${inPercent(least)} to ${inPercent(most)} of the traffic`;
  if (all.size === 0) return finding(claim, ['nobody answered']);
  return finding(claim, share < least || share > most ? [`it has ${inPercent(share)}`] : []);
}

/**
 * Nothing that was sent after a moment was answered by this run of a replica.
 * @param untilMs when another run began that has its id
 */
export function silentSince(
  operations: readonly Operation[],
  instanceId: string,
  sinceMs: number,
  untilMs = Infinity,
): Finding {
  const late = operations.filter(
    (each) => each.instanceId === instanceId && each.invokedMs >= sinceMs && each.invokedMs < untilMs,
  );
  return finding(
    `${instanceId} answers nothing that is sent after its end`,
    late.map(({ kind, invokedMs }) => `${kind} ${Math.round(invokedMs - sinceMs)} ms after it`),
  );
}

/** Every one of these takes part. */
export function allServe(operations: readonly Operation[], names: readonly string[]): Finding {
  const all = shares(operations);
  return finding(
    `${names.length} replicas serve`,
    names.filter((name) => !all.has(name)).map((name) => `${name} answers nothing`),
  );
}

/** Time that a part of the requests took at most, milliseconds. NaN for none. */
export function quantileMs(operations: readonly Operation[], part: number): number {
  const took = operations.map(({ invokedMs, endedMs }) => endedMs - invokedMs).toSorted((a, b) => a - b);
  return took[Math.min(took.length - 1, Math.floor(took.length * part))] ?? Number.NaN;
}

export const formatDurations = (operations: readonly Operation[]): string =>
  `p50 ${quantileMs(operations, 0.5).toFixed(0)} ms, p99 ${quantileMs(operations, 0.99).toFixed(0)} ms`;
