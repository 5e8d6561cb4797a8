import { effectRequest } from '../effect-request.ts';
import type { Once } from '../effects.ts';
import { JobsError } from '../errors.ts';
import type { HeldAttempt } from './held-attempt.ts';
import type { Refusals } from './refusals.ts';
import type { EffectReply, WorkerScripts } from './worker-scripts.ts';

export interface OnceParts {
  readonly attempt: Pick<HeldAttempt<unknown>, 'lease' | 'signal' | 'end'>;
  readonly scripts: Pick<WorkerScripts, 'applyEffect'>;
  readonly refusals: Pick<Refusals, 'untilTaken'>;
  /** Takes a lock again that has expired and is nobody's. */
  readonly recheck: () => Promise<boolean>;
}

const LOST: EffectReply = { kind: 'lost' };

/**
 * onceOf makes a handler's `once`. To ask again is safe whatever became of the question before: the script looks for the record
 * first, so an answer that was lost is given again.
 */
export function onceOf({ attempt, scripts, refusals, recheck }: OnceParts): Once {
  const { lease, signal } = attempt;
  const isOver = (): boolean => signal.aborted || attempt.end !== undefined;
  return async (name, writes) => {
    const request = effectRequest(name, writes);
    const apply = async (): Promise<EffectReply> => {
      // Aborted while Redis refused, released, or over: to take the lock again would take the job from the queue.
      if (isOver()) return LOST;
      const reply = await scripts.applyEffect(lease, request);
      if (reply.kind !== 'lost' || isOver() || !(await recheck())) return reply;
      return scripts.applyEffect(lease, request);
    };
    signal.throwIfAborted();
    const reply = await unlessAborted(signal, refusals.untilTaken('settle', apply), name);
    if (reply.kind === 'done') return reply.numbers;
    if (reply.kind === 'refused') throw new JobsError('invalid_effect', `Effect "${name}": ${reply.why}`);
    signal.throwIfAborted();
    throw new JobsError('lock_lost', `Effect "${name}" was not done: this attempt has its job no more`);
  };
}

async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>, name: string): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } catch (error) {
    signal.throwIfAborted();
    throw new JobsError('jobs_outcome_unknown', `Effect "${name}"`, { cause: error });
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
