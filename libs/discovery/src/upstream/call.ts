import { DiscoveryError, reasonOf, type AttemptFailure } from '../errors.ts';
import type { Instance } from '../instance.ts';
import type { Pick, PickOptions } from './pick.ts';

/** One try on one instance. `signal` aborts at the deadline; work that ignores it is left behind, not waited for. */
export type Attempt<T> = (instance: Instance, signal: AbortSignal) => Promise<T>;

export interface CallOptions {
  /** For all attempts together, milliseconds from now. */
  deadlineMs: number;
  /** Most attempts, the first included. 1 where a repeat could do harm. */
  attempts: number;
  /** False for an error that is an answer (a refusal by the service itself): it is thrown as it is. Default: all true. */
  retryable?: (error: unknown) => boolean;
  /** Ends the call early, with the signal's reason. */
  signal?: AbortSignal;
}

interface CallContext {
  service: string;
  pick: (options?: PickOptions) => Pick | undefined;
  /** Resolves when the catalog has said anything at all. */
  first: Promise<void>;
  fault: () => DiscoveryError | undefined;
  closed: AbortSignal;
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
  { service, pick, first, fault, closed }: CallContext,
  attempt: Attempt<T>,
  { deadlineMs, attempts, retryable = () => true, signal: caller }: CallOptions,
): Promise<T> {
  const failures: AttemptFailure[] = [];
  const fail = (code: 'no_instance' | 'attempts_exhausted' | 'deadline_exceeded', detail: string, cause?: unknown) =>
    new DiscoveryError(code, `${service}: ${detail}`, { attempts: failures, cause });

  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), deadlineMs);
  const end = AbortSignal.any([deadline.signal, closed, ...(caller ? [caller] : [])]);

  /** Why the call ended from outside; undefined while it may go on. */
  function ended(): unknown {
    if (caller?.aborted) return caller.reason;
    if (closed.aborted) return new DiscoveryError('closed', `the upstream ${service} was closed`);
    if (deadline.signal.aborted) return fail('deadline_exceeded', `no answer within ${deadlineMs} ms`);
    return undefined;
  }

  try {
    await orAborted(first, end).catch(() => undefined);
    const tried = new Set<string>();
    while (failures.length < attempts && !end.aborted) {
      // With fewer instances than attempts the budget is still worth spending: a second try on the same one may work.
      const picked = pick({ exclude: tried }) ?? (tried.size > 0 ? pick() : undefined);
      if (picked === undefined) break;
      tried.add(picked.instance.id);
      try {
        const answer = await orAborted(attempt(picked.instance, end), end);
        picked.release('ok');
        return answer;
      } catch (error) {
        const answered = !end.aborted && !retryable(error);
        picked.release(answered ? 'ok' : end.aborted ? 'timeout' : 'error');
        if (answered) throw error;
        failures.push({ instanceId: picked.instance.id, error });
      }
    }
    if (end.aborted) throw ended();
    if (failures.length === 0) throw fail('no_instance', 'no passing instance', fault());
    const each = failures.map((failure) => `${failure.instanceId}: ${reasonOf(failure.error)}`).join('; ');
    throw fail('attempts_exhausted', `all ${failures.length} attempts failed (${each})`, failures.at(-1)?.error);
  } finally {
    clearTimeout(timer);
  }
}
