import { messageOf } from '@nestfleet/contracts';
import { redisFault } from '@nestfleet/redis';
import { effectRequest } from '../effect-request.ts';
import type { Once } from '../effects.ts';
import { JobsError } from '../errors.ts';
import type { HeldAttempt } from './held-attempt.ts';
import type { Refusals } from './refusals.ts';
import type { EffectReply, WorkerScripts } from './worker-scripts.ts';

export interface OnceParts {
  readonly attempt: Pick<HeldAttempt<unknown>, 'lease' | 'reason' | 'unlessStopped' | 'end'>;
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
  const { lease } = attempt;
  const isOver = (): boolean => attempt.reason !== undefined || attempt.end !== undefined;
  const throwIfStopped = (): void => {
    if (attempt.reason !== undefined) throw attempt.reason;
  };
  return async (name, writes) => {
    const request = effectRequest(name, writes);
    const apply = async (): Promise<EffectReply> => {
      // Stopped while Redis refused, released, or over: to take the lock again would take the job from the queue.
      if (isOver()) return LOST;
      const reply = await scripts.applyEffect(lease, request);
      if (reply.kind !== 'lost' || isOver() || !(await recheck())) return reply;
      return scripts.applyEffect(lease, request);
    };
    throwIfStopped();
    let reply: EffectReply;
    try {
      reply = await attempt.unlessStopped(refusals.untilTaken('settle', apply));
    } catch (error) {
      throwIfStopped();
      const words = redisFault(error)?.words ?? messageOf(error);
      throw new JobsError('jobs_outcome_unknown', `Effect "${name}": ${words}`, { cause: error });
    }
    if (reply.kind === 'done') return reply.numbers;
    if (reply.kind === 'refused') throw new JobsError('invalid_effect', `Effect "${name}": ${reply.why}`);
    throwIfStopped();
    throw new JobsError('lock_lost', `Effect "${name}" was not done: this attempt has its job no more`);
  };
}
