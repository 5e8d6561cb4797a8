/** ReferenceCount counts who still needs the servers. */
export interface ReferenceCount {
  /** Answers the function that releases the reference; it is idempotent. */
  acquire(): () => void;
  count(): number;
}

export interface Timer {
  start(delayMs: number, then: () => void): () => void;
}

const realTimer: Timer = {
  start: (delayMs, then) => {
    const timer = setTimeout(then, delayMs);
    return () => clearTimeout(timer);
  },
};

/**
 * createReferenceCount calls `onIdle` once, when no reference has been held for `lingerMs`; the first time `firstMs` is
 * allowed, since whoever started the daemon may need a moment, or may have died.
 */
export function createReferenceCount(
  bounds: { firstMs: number; lingerMs: number },
  onIdle: () => void,
  timer: Timer = realTimer,
): ReferenceCount {
  const held = new Set<symbol>();
  let cancel = timer.start(bounds.firstMs, onIdle);
  return {
    acquire: () => {
      cancel();
      const reference = Symbol('reference');
      held.add(reference);
      return () => {
        if (held.delete(reference) && held.size === 0) cancel = timer.start(bounds.lingerMs, onIdle);
      };
    },
    count: () => held.size,
  };
}
