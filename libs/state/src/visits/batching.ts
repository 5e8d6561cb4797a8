import { startDeadline } from '@nestfleet/timing';

/** Keys of one script: Redis serves nobody else while it runs, and 512 visits take it about 1 ms. */
export const VISITS_PER_SCRIPT_MAX = 512;

/** `perTurn` collects what comes in one turn of the event loop and hands it over, in order, at the turn's end. */
export function perTurn<T>(
  flush: (items: T[]) => void,
  schedule: (work: () => void) => unknown = setImmediate,
): (item: T) => void {
  let items: T[] = [];
  return (item) => {
    if (items.push(item) > 1) return;
    schedule(() => {
      const turn = items;
      items = [];
      flush(turn);
    });
  };
}

/**
 * `planScripts` splits the visits of one turn into scripts, each in the order in which its visits came: all together, or by
 * the part of the store that holds them when a script must keep to one.
 * @param partOf where a visit's session lies; left out when a script may take sessions of all parts
 */
export function planScripts<T>(visits: readonly T[], partOf?: (visit: T) => number): T[][] {
  const parts = partOf === undefined ? [visits] : [...Map.groupBy(visits, partOf).values()];
  return parts.flatMap((part) => cut(part, VISITS_PER_SCRIPT_MAX));
}

function cut<T>(list: readonly T[], max: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / max) }, (_none, at) => list.slice(at * max, (at + 1) * max));
}

interface Add {
  readonly by: number;
  readonly resolve: (count: number) => void;
  readonly reject: (fault: unknown) => void;
}

/**
 * `batchedAdds` increments one counter once for all that a turn of the event loop adds to it.
 * @param add increments it and answers the new count
 * @returns the count after the own share, in the order of the calls
 */
export function batchedAdds(add: (by: number) => Promise<number>): (by: number) => Promise<number> {
  const enqueue = perTurn<Add>((adds) => void addOnce(adds));

  async function addOnce(adds: readonly Add[]): Promise<void> {
    const sum = adds.reduce((before, { by }) => before + by, 0);
    try {
      let count = (await add(sum)) - sum;
      for (const { by, resolve } of adds) resolve((count += by));
    } catch (fault) {
      for (const { reject } of adds) reject(fault);
    }
  }

  return (by) => new Promise((resolve, reject) => enqueue({ by, resolve, reject }));
}

export interface WithDeadline {
  /** By `performance.now()`; Infinity: never. */
  readonly deadlineMs: number;
}

/**
 * `watchDeadlines` reports each item of a batch whose deadline has passed, however long the batch goes on. One timer for all
 * of them.
 * @returns ends the watch
 */
export function watchDeadlines<W extends WithDeadline>(batch: readonly W[], onDeadline: (item: W) => void): () => void {
  let cancel: (() => void) | undefined;
  let reportedMs = -Infinity;

  function arm(): void {
    let nextMs = Infinity;
    for (const { deadlineMs } of batch) if (deadlineMs > reportedMs && deadlineMs < nextMs) nextMs = deadlineMs;
    if (nextMs === Infinity) return;
    cancel = startDeadline(Math.ceil(Math.max(0, nextMs - performance.now())), report);
  }
  function report(): void {
    const nowMs = performance.now();
    for (const item of batch) if (item.deadlineMs > reportedMs && item.deadlineMs <= nowMs) onDeadline(item);
    reportedMs = nowMs;
    arm();
  }

  arm();
  return () => cancel?.();
}
