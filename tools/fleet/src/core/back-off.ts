const FIRST_MS = 200;
const LONGEST_MS = 10_000;
/** Spreads what crashed together. */
const JITTER_SHARE = 0.2;

/**
 * backOffMs is the pause before the next start, milliseconds: 200 ms, doubled with each failure in a row, 10 s at most, plus
 * up to a fifth.
 * @param failures failures in a row before this one
 * @param random in [0, 1)
 */
export function backOffMs(failures: number, random: number): number {
  const plainMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures, 16));
  return Math.round(plainMs * (1 + JITTER_SHARE * random));
}
