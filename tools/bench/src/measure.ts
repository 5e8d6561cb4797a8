/** How often the work is done between two looks at the clock, so that looking costs nothing. */
const BATCH = 500;

export interface Sampling {
  /** Each round that long; the best one counts, because what disturbs only ever makes it slower. */
  readonly rounds: number;
  readonly roundMs: number;
}

export const DEFAULTS: Sampling = { rounds: 5, roundMs: 25 };

/** Microseconds for one run of `work`. `before` prepares each round and is not timed. */
export function measureUs(
  work: () => void,
  { rounds, roundMs }: Sampling,
  before: () => void = () => undefined,
): number {
  let bestUs = Infinity;
  // One round more: the first is for the compiler.
  for (let round = 0; round <= rounds; round += 1) {
    before();
    const startMs = performance.now();
    let [times, tookMs] = [0, 0];
    while (tookMs < roundMs) {
      for (let at = 0; at < BATCH; at += 1) work();
      times += BATCH;
      tookMs = performance.now() - startMs;
    }
    if (round > 0) bestUs = Math.min(bestUs, (tookMs * 1_000) / times);
  }
  return bestUs;
}
