/** What a consumer does at which interval, so that the two bounds of its visibility hold. */
export interface VisibilityTimes {
  /** How long a lock stands that nobody renews. */
  readonly lockMs: number;
  readonly renewalMs: number;
  /** Between two looks of one worker for jobs whose lock has expired. */
  readonly stalledIntervalMs: number;
  /** How soon after a look another worker may look. */
  readonly stalledRestMs: number;
  /** How long a suspect waits for the jobs of its process, before it is put back for another worker. */
  readonly aloneWithinMs: number;
  /** How long all queues of the process are closed for it at once, where their jobs go on. */
  readonly allWithinMs: number;
  /** How long its queue takes no job here once it was put back. */
  readonly putBackRestMs: number;
  /** How long it is delayed where a handler goes on after its attempt. */
  readonly putOffMs: number;
}

/**
 * visibilityTimes keeps both promises of a visibility: a lock outlasts a refusal of that length, though it was renewed
 * a moment before (1.25 - 0.1 > 1); and the job of a dead worker is taken within 1.5 of it (1.25 + 0.1 + 0.05 < 1.5).
 */
export function visibilityTimes(visibilityMs: number): VisibilityTimes {
  const tenthMs = Math.ceil(visibilityMs / 10);
  return {
    lockMs: Math.ceil(visibilityMs * 1.25),
    renewalMs: tenthMs,
    stalledIntervalMs: tenthMs,
    stalledRestMs: Math.ceil(visibilityMs / 20),
    aloneWithinMs: Math.ceil(visibilityMs / 2),
    allWithinMs: Math.ceil(visibilityMs / 20),
    putBackRestMs: tenthMs,
    putOffMs: visibilityMs,
  };
}
