import { errorOf } from '@nestfleet/contracts';
import { within } from '@nestfleet/timing';
import { UnrecoverableError } from 'bullmq';
import { JobsError } from '../errors.ts';
import type { JobLog } from '../log.ts';
import type { AttemptEnd } from './attempt.ts';
import type { HeldAttempt } from './held-attempt.ts';
import type { Refusals } from './refusals.ts';
import type { Held, Solo, SoloTimes } from './solo.ts';
import type { Alone, PutOff, WorkerScripts } from './worker-scripts.ts';

export interface AloneTimes extends SoloTimes {
  /** How long Redis may take to note the start, or its end: until then the process takes no jobs, of other nodes neither. */
  readonly begunWithinMs: number;
  /** How long its queue takes no job here once it was put back, so that another worker does. */
  readonly putBackRestMs: number;
}

/** How often a suspect is put back for another worker, which may be alone sooner: then a worker keeps it until it is. */
const PUT_BACKS_MAX = 2;

/** `released`: it has shown nothing yet. */
export type AloneEnd = 'ended' | 'released';

export interface AloneParts<R> {
  readonly attempt: HeldAttempt<R>;
  readonly solo: Solo;
  readonly times: AloneTimes;
  readonly scripts: Pick<WorkerScripts, 'beginAlone' | 'endAlone' | 'countPutOff'>;
  readonly refusals: Pick<Refusals, 'untilTaken'>;
  readonly deathsMax: number;
  readonly log: JobLog;
  /** Asked when nothing else is left: the consumer may have been paused in the meantime. */
  readonly mayStart: () => boolean;
  /** Aborted once the attempt is stopped or the consumer paused. */
  readonly signal: AbortSignal;
  /** Back to the queue, for whoever can run it now. */
  readonly release: () => Promise<never>;
  /** Back to the queue for later: a handler goes on here that may never end. */
  readonly putOff: () => Promise<never>;
  /** `over` is called when the handler is done with the job, before that is written; it leaves `solo`, and never rejects. */
  readonly run: (over: (how: AloneEnd) => Promise<void>) => Promise<R>;
  readonly onEnd: (end: AttemptEnd) => void;
}

/** runAlone runs a suspect with nothing beside it, or makes a dead letter of it. */
export async function runAlone<R>(parts: AloneParts<R>): Promise<R> {
  const { attempt, solo, scripts, refusals, deathsMax, log } = parts;
  const mayStart = () => attempt.reason === undefined && parts.mayStart();
  const held = await holdSolo(parts);
  if (mayStart() && held === 'deaf') return parts.putOff();
  if (!mayStart() || held !== 'alone') return parts.release();
  // Not taken until the consumer closed: no fault of the job, which has not begun.
  const beginning = refusals
    .untilTaken('settle', () => scripts.beginAlone(attempt.lease, deathsMax))
    .catch((): Alone => 'taken');
  const inTime = await within(beginning, parts.times.begunWithinMs);
  if (!inTime) solo.leave(attempt);
  const begun = await beginning;
  let ending: Promise<void> | undefined;
  const over = (how: AloneEnd): Promise<void> => (ending ??= takeBack(parts, how));
  if (begun === 'dead') {
    const error = new JobsError('dead_letter', `${deathsMax} workers died with this job alone`);
    parts.onEnd({ outcome: 'dead_letter', error, log });
    throw new UnrecoverableError(error.message);
  }
  if (begun === 'run' && inTime && mayStart()) {
    log.info({}, 'job runs alone: it was on a worker that died');
    try {
      return await parts.run(over);
    } finally {
      await over('ended');
    }
  }
  if (begun === 'run') await over('released');
  return parts.release();
}

/** holdSolo waits until nothing else runs here; `late` when another worker is to try. */
async function holdSolo<R>(parts: AloneParts<R>): Promise<Held> {
  const { attempt, solo, scripts, refusals, signal, times, log } = parts;
  const held = await solo.hold(attempt, signal, times);
  if (held !== 'late') return held;
  // Not taken until the consumer closed, or too late: it goes back, and nothing is known of it.
  const asking = refusals
    .untilTaken('settle', () => scripts.countPutOff(attempt.lease, PUT_BACKS_MAX))
    .catch((): PutOff => 'taken');
  const inTime = await within(asking, times.begunWithinMs);
  if (!inTime) solo.leave(attempt);
  const asked = await asking;
  if (!inTime || asked === 'taken') return 'stopped';
  if (asked === 'put-off') {
    solo.putBack(attempt, times.putBackRestMs);
    log.info({}, 'job put back for another worker: others run here, and it has to run alone');
    return 'late';
  }
  log.info({}, 'job waits until the others have ended, and has to run alone; its queue takes no job here meanwhile');
  return solo.hold(attempt, signal, { ...times, withinMs: Infinity });
}

/**
 * takeBack takes the start back and then lets others run here: a death of what they do is none of this job's. They wait as long
 * as at its beginning.
 */
async function takeBack<R>(parts: AloneParts<R>, how: AloneEnd): Promise<void> {
  const { attempt, solo, times } = parts;
  const taken = endAlone(parts, how);
  await within(taken, times.begunWithinMs);
  solo.leave(attempt, attempt.handler);
  await taken;
}

/** Before the end is written, and until Redis takes it: a start that it still has counts as a death later. */
async function endAlone<R>(
  { attempt, scripts, refusals, log }: Pick<AloneParts<R>, 'attempt' | 'scripts' | 'refusals' | 'log'>,
  how: AloneEnd,
): Promise<void> {
  try {
    await refusals.untilTaken('settle', () => scripts.endAlone(attempt.lease, how));
  } catch (error) {
    log.debug({ err: errorOf(error) }, 'the job stays a suspect');
  }
}
