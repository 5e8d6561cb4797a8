/** At most `burst` queries at once and `perSecond` in the long run; a single change is never delayed. */
export interface Pace {
  /** Counts a query that is about to be sent, and says how many milliseconds to wait before it. */
  takeMs(): number;
}

export function createPace(limits: { burst: number; perSecond: number }, nowMs: () => number): Pace {
  let tokens = limits.burst;
  let atMs = nowMs();
  return {
    takeMs() {
      const now = nowMs();
      // The clock may have been set back, which is no reason to wait until it is where it was.
      const sinceMs = Math.max(0, now - atMs);
      atMs = now;
      tokens = Math.min(limits.burst, tokens + (sinceMs / 1_000) * limits.perSecond) - 1;
      return tokens >= 0 ? 0 : (-tokens / limits.perSecond) * 1_000;
    },
  };
}
