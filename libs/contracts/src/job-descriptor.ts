import type { z } from 'zod';

/** Upcaster lifts a payload of one version to the next one. What it throws fails the job. Made by {@link upcaster}. */
export type Upcaster = (payload: unknown) => unknown;

/** `upcaster` makes the step from the version that `from` describes; what does not fit `from` is not lifted. */
export const upcaster =
  <From extends z.ZodType>(from: From, lift: (payload: z.output<From>) => unknown): Upcaster =>
  (payload) =>
    lift(from.parse(payload));

/** JobBounds are what a queue bounds; each has a default that suits most. */
export interface JobBounds {
  /**
   * Jobs that may wait, delayed ones too; beyond it an enqueue is refused (`queue_full`).
   * @default 100000 (110 MB of small jobs)
   */
  readonly backlogMax?: number;
  /**
   * Of a payload as JSON; a longer one is refused at the enqueue (`payload_too_large`).
   * @default 1048576 (1 MiB)
   */
  readonly payloadMaxBytes?: number;
  /**
   * Of a result as JSON; a longer one fails its job for good (`result_too_large`).
   * @default 262144 (256 KiB)
   */
  readonly resultMaxBytes?: number;
  /**
   * Of the words of an error that is kept, and of its stack; longer ones are cut.
   * @default 8192 (8 KiB)
   */
  readonly errorMaxBytes?: number;
  /**
   * Of one attempt, milliseconds. Then its `signal` aborts with `time_limit`, and it has failed, also when the handler goes on.
   * @default 3600000 (1 h)
   */
  readonly timeLimitMs?: number;
  /**
   * How long a completed job and its result are kept, milliseconds, whatever other jobs do.
   * @default 3600000 (1 h)
   */
  readonly keepCompletedMs?: number;
  /**
   * How long a failed job is kept, milliseconds.
   * @default 604800000 (7 days)
   */
  readonly keepFailedMs?: number;
  /**
   * Completed, failed, cancelled and removed jobs that the queue keeps or remembers, of each kind: what bounds its memory. The
   * oldest go before their time where there are more.
   * @default 100000
   */
  readonly keepMax?: number;
  /**
   * Entries of BullMQ's stream of events of the queue, about. Nothing of ours reads it.
   * @default 100
   */
  readonly eventsMax?: number;
}

/**
 * What a queue carries. One queue per job name; `payload` and `result` are the wire types, `version` marks the payload's
 * shape, so that a worker knows what it has before it.
 */
export interface JobDescriptor<
  P extends z.ZodType = z.ZodType,
  R extends z.ZodType = z.ZodType,
  N extends string = string,
> extends JobBounds {
  readonly name: N;
  readonly version: number;
  readonly payload: P;
  readonly result: R;
  /** Attempts in all, the first included. */
  readonly attempts: number;
  /** Base of the exponential back-off between attempts, milliseconds. */
  readonly backoffMs: number;
  /** Jobs of this name that one worker process runs at a time. */
  readonly concurrency: number;
  /**
   * Lifts payloads of older versions, each by one: `{ 1: …, 2: … }` for version 3. Versions below the first are refused.
   * @default no older version is accepted
   */
  readonly upcast?: Readonly<Record<number, Upcaster>>;
}
