import { backOffMs, DeadlineError, pause, type Random, startDeadline } from '@nestfleet/timing';
import { DiscoveryError, type DiscoveryErrorCode, reasonOf, type AttemptFailure } from '../errors.ts';
import type { Instance } from '../instance.ts';
import { isUnsent, mayHaveRun, outcomeOf } from './outcome-of.ts';
import type { Outcome } from '../outcome.ts';
import type { Pick, PickOptions } from './pick.ts';
import type { RetryBudget } from './retry-budget.ts';

/**
 * Attempt is one try on one instance. `signal` aborts at its deadline; work that ignores it is left behind, not waited for.
 * `remainingMs` is what is left for it, to be passed on in `x-deadline-ms`.
 */
export type Attempt<T> = (instance: Instance, signal: AbortSignal, remainingMs: number) => Promise<T>;

export interface CallOptions {
  /** For all attempts together, milliseconds from now. */
  deadlineMs: number;
  /** Most attempts, the first included, each on another instance; never more than 3. 1 where a repeat could do harm. */
  attempts: number;
  /**
   * False: an attempt whose error says that no connection was made, or none that is trusted, does not count in `attempts`,
   * so that what must not be repeated goes elsewhere too. Only where an attempt is one request: another one may have been sent before.
   *
   * @default true
   */
  countsUnsent?: boolean;
  /**
   * For one attempt, milliseconds; after it another instance is asked. The last possible attempt gets all that is left:
   * that of the last of `attempts`, and one after which no other instance or no retry of the budget is left.
   *
   * @default all that is left
   */
  attemptMs?: number;
  /**
   * False for an error that is an answer (a refusal by the service itself): it is thrown as it is.
   *
   * @default every error is
   */
  retryable?: (error: unknown) => boolean;
  /**
   * The outcome that an error counts as for its instance.
   *
   * @default by its code, and an answer (see `retryable`) is `unsuccessful`
   */
  classify?: (error: unknown) => Outcome;
  /** Ends the call early, with the signal's reason. */
  signal?: AbortSignal;
}

export interface CallContext {
  service: string;
  pick: (options?: PickOptions) => Pick | undefined;
  /** `pick` would give one that is not excluded. */
  hasOther: (exclude: ReadonlySet<string>) => boolean;
  retries: RetryBudget;
  random: Random;
  /** Resolves with the first snapshot of the catalog, good or not. */
  first: Promise<void>;
  fault: () => DiscoveryError | undefined;
  closed: AbortSignal;
}

const ATTEMPTS_MAX = 3;
const BACK_OFF = { baseMs: 25, capMs: 250, jitter: 1 };

/** Full jitter: anything from nothing to the doubled base, so that those who failed at one instant spread. */
export function retryAfterMs(failures: number, random: Random): number {
  return backOffMs(failures, BACK_OFF, random);
}

/** Rejects with the signal's reason as soon as it aborts, also when the work does not listen. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason as Error);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

export async function callInstances<T>(
  { service, pick, hasOther, retries, random, first, fault, closed }: CallContext,
  attempt: Attempt<T>,
  options: CallOptions,
): Promise<T> {
  const { deadlineMs, attemptMs = deadlineMs, countsUnsent = true, retryable = () => true, signal: caller } = options;
  const attemptsMax = Math.min(options.attempts, ATTEMPTS_MAX);
  const failures: AttemptFailure[] = [];
  const tried = new Set<string>();
  let counted = 0;
  /** The budget has been asked for the next attempt, and has given it. */
  let isNextGranted = false;
  const fail = (code: DiscoveryErrorCode, detail: string, cause?: unknown) =>
    new DiscoveryError(code, `${service}: ${detail}`, { attempts: failures, cause });

  const endsAtMs = performance.now() + deadlineMs;
  const deadline = new AbortController();
  const cancelDeadline = startDeadline(deadlineMs, () => deadline.abort());
  const end = AbortSignal.any([deadline.signal, closed, ...(caller ? [caller] : [])]);

  /** Why the call ended from outside; undefined while it may go on. */
  function ended(): unknown {
    if (caller?.aborted) return caller.reason;
    if (closed.aborted) return new DiscoveryError('closed', `the upstream ${service} was closed`);
    if (deadline.signal.aborted) return fail('deadline_exceeded', `no answer within ${deadlineMs} ms`);
    return undefined;
  }

  /** One attempt under its own deadline. With `timedOut` the instance had its time and did not use it. */
  async function once(picked: Pick): Promise<{ answer: T } | { error: unknown; timedOut: boolean }> {
    const startMs = performance.now();
    // Nobody is asked after the last one, so it gets all that is left.
    const isLast = counted + 1 === attemptsMax || !hasOther(tried) || retries.isSpent();
    const remainingMs = Math.max(0, Math.min(isLast ? Infinity : attemptMs, endsAtMs - startMs));
    const own = new AbortController();
    // Others may have left or spent the budget meanwhile: then it goes on.
    const endAttempt = (): void => {
      if (!hasOther(tried) || !retries.take(picked.isProbe)) return;
      isNextGranted = true;
      own.abort(new DeadlineError(attemptMs));
    };
    const cancel = isLast ? () => undefined : startDeadline(attemptMs, endAttempt);
    const signal = AbortSignal.any([end, own.signal]);
    try {
      return { answer: await orAborted(attempt(picked.instance, signal, remainingMs), signal) };
    } catch (error) {
      // The call's deadline is no fault of an instance that had only the rest of it.
      const hadItsTime = failures.length === 0 || performance.now() - startMs >= (options.attemptMs ?? Infinity);
      return { error, timedOut: own.signal.aborted || (deadline.signal.aborted && hadItsTime) };
    } finally {
      cancel();
    }
  }

  function shownBy(error: unknown, timedOut: boolean, isAnswer: boolean): Outcome {
    if (timedOut) return 'timeout';
    if (end.aborted) return 'unknown';
    return options.classify?.(error) ?? (isAnswer ? 'unsuccessful' : outcomeOf(error));
  }

  try {
    await orAborted(first, end).catch(() => undefined);
    let [spent, wasNoLoad] = [false, false];
    while (counted < attemptsMax && !end.aborted) {
      const picked = pick({ exclude: tried });
      if (picked === undefined) break;
      if (failures.length === 0) retries.request();
      // Refused connections alone, or probes with little traffic, would use the budget up.
      else if (!isNextGranted && !retries.take(wasNoLoad)) {
        picked.release();
        spent = true;
        break;
      }
      isNextGranted = false;
      tried.add(picked.instance.id);
      const result = await once(picked);
      if ('answer' in result) {
        picked.release('ok');
        return result.answer;
      }
      const { error, timedOut } = result;
      const isAnswer = !timedOut && !end.aborted && !retryable(error);
      const outcome = shownBy(error, timedOut, isAnswer);
      picked.release(outcome);
      if (isAnswer) throw error;
      failures.push({ instanceId: picked.instance.id, outcome, error });
      const wasUnsent = isUnsent(error);
      wasNoLoad = picked.isProbe || wasUnsent;
      if (countsUnsent || !wasUnsent) counted += 1;
      // Nothing was at work there, so there is nothing to give time to.
      if (outcome !== 'refused' && counted < attemptsMax) await pause(retryAfterMs(failures.length, random), end);
    }
    if (end.aborted) throw ended();
    if (failures.length === 0) throw fail('no_instance', 'no instance to send to', fault());
    const each = failures.map((failure) => `${failure.instanceId}: ${reasonOf(failure.error)}`).join('; ');
    const why = spent ? ', and the budget of retries is spent' : '';
    // Who allows one attempt alone is not to repeat what was sent.
    const isUnknown = attemptsMax === 1 && failures.some(({ error }) => mayHaveRun(error));
    const code = isUnknown ? 'outcome_unknown' : 'attempts_exhausted';
    throw fail(code, `all ${failures.length} attempts failed (${each})${why}`, failures.at(-1)?.error);
  } finally {
    cancelDeadline();
  }
}
