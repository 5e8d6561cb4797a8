/** RetryBudget keeps retries a small part of all traffic, so that they cannot make an outage worse. */
export interface RetryBudget {
  /** Counts a first attempt. */
  request(): void;
  /**
   * True when one more attempt is within the budget.
   * @param isFree the failed attempt was no load that somebody asked for: nothing was sent, or it was a probe. Not counted
   * while an instance is healthy. @default false
   */
  take(isFree?: boolean): boolean;
  /** A retry after an attempt that was some load would not be granted now. */
  isSpent(): boolean;
}

const WINDOW_S = 10;
/** Of the first attempts in the window. */
const SHARE = 0.2;
/** In the window beside them: all of a call that is seldom made may meet the one instance that hangs. */
const RETRIES_MIN = 3;

/**
 * 20 % of the first attempts of the last 10 s, and 3; those 3 alone where no instance is healthy, since then a retry helps
 * nobody. Without that last part an outage would begin with the retries that the traffic before it has earned.
 */
export function createRetryBudget(
  nowMs: () => number,
  hasHealthyMember: () => boolean,
  onRetry: (isGranted: boolean) => void,
): RetryBudget {
  // One slot per second; a slot is emptied when its second comes round again.
  const slots = Array.from({ length: WINDOW_S }, () => ({ second: -Infinity, requests: 0, retries: 0 }));

  function slotNow(): { requests: number; retries: number } {
    const second = Math.floor(nowMs() / 1_000);
    const slot = slots[second % WINDOW_S]!;
    if (slot.second !== second) Object.assign(slot, { second, requests: 0, retries: 0 });
    return slot;
  }

  function hasOne(): boolean {
    const from = Math.floor(nowMs() / 1_000) - WINDOW_S;
    let [requests, retries] = [0, 0];
    for (const slot of slots) {
      if (slot.second <= from) continue;
      requests += slot.requests;
      retries += slot.retries;
    }
    return retries < RETRIES_MIN || (retries < RETRIES_MIN + Math.floor(requests * SHARE) && hasHealthyMember());
  }

  return {
    request() {
      slotNow().requests += 1;
    },
    take(isFree = false) {
      if (isFree && hasHealthyMember()) return true;
      const isGranted = hasOne();
      if (isGranted) slotNow().retries += 1;
      onRetry(isGranted);
      return isGranted;
    },
    isSpent: () => !hasOne(),
  };
}
