/** Look is what a consumer finds when it looks whether jobs flow. */
export interface Look {
  readonly atMs: number;
  /** Jobs that it has fetched so far. */
  readonly fetched: number;
  /** Times that it has asked for a job and was answered, be it that there is none. */
  readonly polled: number;
  /** Whether it could take a job: a slot is free, and nothing keeps it (a pause, a refusal, a job that runs alone). */
  readonly ready: boolean;
  /** Jobs that could be taken now; undefined where that is not known. */
  readonly waiting: number | undefined;
}

/** Flow is what is remembered from one look to the next. */
export interface Flow {
  readonly atMs: number;
  readonly fetched: number;
  /** Since when jobs wait for a consumer that is ready, and fetches none. */
  readonly stuckSinceMs: number | undefined;
  /** `polled` when connections were rebuilt; undefined once all is well again. */
  readonly rebuiltAt: number | undefined;
}

/** Between two looks. */
export const LOOK_INTERVAL_MS = 3_000;
/** After looks that lie further apart our own process stood still: nothing could flow. */
const LOOK_LATE_MS = 2 * LOOK_INTERVAL_MS;
export const STUCK_MS = 15_000;

/**
 * judgeFlow says whether a consumer's connections are to be rebuilt: jobs wait, it is ready, and it has fetched none for 15 s. All is
 * well again once it has fetched one, or has asked for one and none waits.
 */
export function judgeFlow(before: Flow, look: Look): Flow & { readonly rebuild: boolean } {
  const { atMs, fetched, polled } = look;
  const isWell = fetched !== before.fetched || (look.waiting === 0 && polled > (before.rebuiltAt ?? Infinity));
  const rebuiltAt = isWell ? undefined : before.rebuiltAt;
  const flows = !look.ready || !look.waiting || fetched !== before.fetched;
  if (flows || atMs - before.atMs > LOOK_LATE_MS)
    return { atMs, fetched, rebuiltAt, stuckSinceMs: undefined, rebuild: false };
  const sinceMs = before.stuckSinceMs ?? atMs;
  const rebuild = atMs - sinceMs >= STUCK_MS;
  return {
    atMs,
    fetched,
    rebuiltAt: rebuild ? polled : rebuiltAt,
    stuckSinceMs: rebuild ? atMs : sinceMs,
    rebuild,
  };
}
