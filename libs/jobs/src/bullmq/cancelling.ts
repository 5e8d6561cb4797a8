import { errorOf } from '@nestfleet/contracts';
import { withDeadline } from '@nestfleet/timing';
import type { JobLog } from '../log.ts';
import type { HeldAttempt } from './held-attempt.ts';
import type { Refusals } from './refusals.ts';
import type { WorkerScripts } from './worker-scripts.ts';

/** How long an attempt that has failed waits for that answer; a request that is not seen is seen by the next attempt. */
const ASKED_WITHIN_MS = 1_000;

export interface CancellingParts {
  readonly scripts: Pick<WorkerScripts, 'cancelRequests' | 'endCancelled'>;
  readonly refusals: Pick<Refusals, 'untilTaken'>;
}

/** Cancelling ends jobs that somebody asked to cancel while a worker had them. */
export class Cancelling {
  private readonly parts: CancellingParts;

  constructor(parts: CancellingParts) {
    this.parts = parts;
  }

  /** Ends the attempt and its job where it is to be cancelled, and answers whether it did. Never rejects. */
  async end<R>(attempt: HeldAttempt<R>, log: JobLog): Promise<boolean> {
    if (!attempt.isCancelled && !(await this.isRequested(attempt.lease.bullId, log))) return false;
    const { scripts, refusals } = this.parts;
    // Not taken until the consumer closed: the next worker finds the request.
    const ended = await refusals
      .untilTaken('settle', () => scripts.endCancelled(attempt.lease))
      .catch((): 'taken' => 'taken');
    attempt.ended({ outcome: ended === 'cancelled' ? 'cancelled' : 'lost', log });
    return true;
  }

  private async isRequested(bullId: string, log: JobLog): Promise<boolean> {
    try {
      const requested = await withDeadline(this.parts.scripts.cancelRequests([bullId]), ASKED_WITHIN_MS);
      return requested.has(bullId);
    } catch (error) {
      log.debug({ err: errorOf(error) }, 'not known whether the job is to be cancelled');
      return false;
    }
  }
}
