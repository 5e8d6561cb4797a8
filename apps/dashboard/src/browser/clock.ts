/** Time, timers and chance, so that tests own all three. */
export interface Clock {
  /** Milliseconds since 1970. */
  nowMs(): number;
  /** 0 (included) to 1 (excluded). */
  random(): number;
  /** Runs `work` once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, work: () => void): () => void;
}

export const browserClock: Clock = {
  nowMs: () => Date.now(),
  random: () => Math.random(),
  after: (delayMs, work) => {
    const timer = setTimeout(work, delayMs);
    return () => clearTimeout(timer);
  },
};
