import { errorOf } from '@nestfleet/contracts';
import { UnrecoverableError } from 'bullmq';
import { JobsError } from '../errors.ts';
import type { JobLog } from '../log.ts';
import type { HeldAttempt } from './held-attempt.ts';
import type { Refusals } from './refusals.ts';
import type { Solo } from './solo.ts';
import type { WorkerScripts } from './worker-scripts.ts';

export interface AloneParts<R> {
  readonly attempt: HeldAttempt<R>;
  readonly solo: Solo;
  readonly scripts: Pick<WorkerScripts, 'beginAlone' | 'endAlone'>;
  readonly refusals: Refusals;
  readonly deathsMax: number;
  readonly log: JobLog;
  /** Asked when nothing else is left: the consumer may have been paused in the meantime. */
  readonly mayStart: () => boolean;
  readonly release: () => Promise<never>;
  readonly run: (beforeRelease: () => Promise<void>) => Promise<R>;
}

/** runAlone runs a suspect with nothing beside it, or makes a dead letter of it. */
export async function runAlone<R>(parts: AloneParts<R>): Promise<R> {
  const { attempt, solo, scripts, refusals, deathsMax, log, release } = parts;
  await solo.hold(attempt, attempt.signal);
  if (attempt.signal.aborted || !parts.mayStart()) return release();
  // Not taken until the consumer closed: no fault of the job, which has not begun.
  const begun = await refusals
    .untilTaken('settle', () => scripts.beginAlone(attempt.lease, deathsMax))
    .catch((): 'taken' => 'taken');
  if (begun === 'taken') return release();
  if (begun === 'dead') {
    const error = new JobsError('dead_letter', `${deathsMax} workers died with this job alone`);
    attempt.ended({ outcome: 'dead_letter', error, log });
    throw new UnrecoverableError(error.message);
  }
  if (attempt.signal.aborted || !parts.mayStart()) {
    await endAlone(parts, 'released');
    return release();
  }
  log.info({}, 'job runs alone: it was on a worker that died');
  const end = (how: 'ended' | 'released') => endAlone(parts, how);
  try {
    return await parts.run(() => end('released'));
  } finally {
    if (attempt.end?.outcome === 'completed' || attempt.end?.outcome === 'retried') await end('ended');
  }
}

/** Before the end is written: afterwards the lock is gone. What Redis refuses leaves the job a suspect. */
async function endAlone<R>(
  { attempt, scripts, log }: Pick<AloneParts<R>, 'attempt' | 'scripts' | 'log'>,
  how: 'ended' | 'released',
): Promise<void> {
  try {
    await scripts.endAlone(attempt.lease, how);
  } catch (error) {
    log.debug({ err: errorOf(error) }, 'the job stays a suspect');
  }
}
