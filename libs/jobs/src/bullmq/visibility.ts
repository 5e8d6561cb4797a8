/** What a consumer does at which interval, so that the two bounds of its visibility hold. */
export interface VisibilityTimes {
  /** How long a lock stands that nobody renews. */
  readonly lockMs: number;
  readonly renewalMs: number;
  /** Between two looks for jobs whose lock has expired. BullMQ may skip every other one. */
  readonly stalledIntervalMs: number;
}

/**
 * visibilityTimes keeps both promises of a visibility: a lock outlasts a refusal of that length, though it was renewed
 * a moment before (1.25 - 0.1 > 1); and the job of a dead worker is taken within 1.5 of it (1.25 + 2 × 0.1 < 1.5).
 */
export function visibilityTimes(visibilityMs: number): VisibilityTimes {
  const tenthMs = Math.ceil(visibilityMs / 10);
  return { lockMs: Math.ceil(visibilityMs * 1.25), renewalMs: tenthMs, stalledIntervalMs: tenthMs };
}
