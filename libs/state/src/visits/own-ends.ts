export interface Waiting {
  /** When whoever waits for it stops, by `performance.now()`; Infinity: never. */
  readonly endMs: number;
}

/**
 * Tells each of a batch when its own time is over, however long the batch goes on. One timer for all of them. As with any
 * deadline the sockets get a turn before the verdict, because after a stall of our process timers fire first.
 * @returns ends the watch
 */
export function watchOwnEnds<W extends Waiting>(batch: readonly W[], isOver: (waiting: W) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let toldMs = -Infinity;
  let ended = false;

  function arm(): void {
    let nextMs = Infinity;
    for (const { endMs } of batch) if (endMs > toldMs && endMs < nextMs) nextMs = endMs;
    if (nextMs === Infinity) return;
    timer = setTimeout(() => setImmediate(tell), Math.ceil(Math.max(0, nextMs - performance.now())));
  }
  function tell(): void {
    if (ended) return;
    const nowMs = performance.now();
    for (const waiting of batch) if (waiting.endMs > toldMs && waiting.endMs <= nowMs) isOver(waiting);
    toldMs = nowMs;
    arm();
  }

  arm();
  return () => {
    ended = true;
    clearTimeout(timer);
  };
}
