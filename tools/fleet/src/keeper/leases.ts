/** Counts who still needs the servers. */
export interface Leases {
  /** Answers the function that gives the lease back; calling it again does nothing. */
  take(): () => void;
  count(): number;
}

export interface Timer {
  start(delayMs: number, then: () => void): () => void;
}

export const realTimer: Timer = {
  start: (delayMs, then) => {
    const timer = setTimeout(then, delayMs);
    return () => clearTimeout(timer);
  },
};

/**
 * Calls `onIdle` once, when no lease has been held for `lingerMs`; the first time `firstMs` is allowed, since whoever
 * started the keeper may need a moment, or may have died.
 */
export function createLeases(
  bounds: { firstMs: number; lingerMs: number },
  onIdle: () => void,
  timer: Timer = realTimer,
): Leases {
  const held = new Set<symbol>();
  let cancel = timer.start(bounds.firstMs, onIdle);
  return {
    take: () => {
      cancel();
      const lease = Symbol('lease');
      held.add(lease);
      return () => {
        if (held.delete(lease) && held.size === 0) cancel = timer.start(bounds.lingerMs, onIdle);
      };
    },
    count: () => held.size,
  };
}
