import type { Once } from './effects.ts';
import type { JobLog } from './log.ts';

/** JobContext is what a handler gets. */
export interface JobContext<P> {
  readonly payload: P;
  /** 1 on the first attempt. A job that was released or had stalled keeps its number. */
  readonly attempt: number;
  /**
   * Aborted when the job is taken from this worker, has had its time or is cancelled; the reason is a JobsError. What the handler does
   * afterwards is not waited for, so it may run beside the next attempt.
   */
  readonly signal: AbortSignal;
  /** Reports 0 to 100 per cent. Rejects with the signal's reason once the job is taken from this worker. */
  readonly progress: (percent: number) => Promise<void>;
  /** Does an effect on keys of the queue once, whatever becomes of the job's attempts. */
  readonly once: Once;
  readonly requestId: string | undefined;
  /** `<queue>.<id>`. */
  readonly jobId: string;
  readonly instanceName: string;
  /** Has job_id, job_name, attempt and request_id in every line. */
  readonly log: JobLog;
}

/** JobHandler runs one attempt. A throw, of any value, makes BullMQ try again later, until the descriptor's attempts are used up. */
export type JobHandler<P, R> = (context: JobContext<P>) => Promise<R>;

/**
 * AttemptOutcome is how one attempt ended. `retried` will run again, `failed` will not, `released` counts as no attempt; what a
 * `lost` one made of its job does not count, because another worker has started it. `dead_letter`: it failed
 * without being run, because of the workers that died with it. `cancelled`: somebody asked for that while it ran.
 */
export type AttemptOutcome = 'completed' | 'retried' | 'failed' | 'released' | 'lost' | 'dead_letter' | 'cancelled';

export interface SettledAttempt {
  readonly name: string;
  readonly outcome: AttemptOutcome;
  readonly durationMs: number;
}

export interface ConsumeOptions {
  /**
   * Called once for each attempt, when Redis has how it ended. For metrics; what it throws is logged. A job that is cancelled while
   * it waits has none: whoever cancels it gets `cancelled` from `cancel`.
   */
  readonly onSettled?: (attempt: SettledAttempt) => void;
  /** Called when jobs had waited for 15 s, a slot was free and none was fetched, so that connections are rebuilt. For metrics. */
  readonly onRebuilt?: (queue: { readonly name: string }) => void;
}

/** Consumer takes jobs of one queue and runs them. */
export interface Consumer {
  /** Takes no new job from now on; those that run go on. */
  pause(): Promise<void>;
  /** Takes jobs again. Does nothing unless paused, and nothing once closing. */
  resume(): Promise<void>;
  /** Jobs that run here now, or whose result Redis has not taken yet. */
  readonly running: number;
  /** Why its connections were rebuilt, until it has fetched a job or asked for one where none waits; else undefined. For health. */
  readonly fault: string | undefined;
  /**
   * Pauses, lets the running jobs end for up to `timeoutMs`, then releases the rest so that another worker takes them
   * at once, and disconnects. Never rejects; ends at most 3 s after `timeoutMs`.
   */
  close(timeoutMs: number): Promise<void>;
}
