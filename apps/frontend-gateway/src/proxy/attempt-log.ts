import type { Outcome } from '@nestfleet/discovery';
import type { Logger } from '@nestfleet/service';
import type { RetryStop } from './retry-policy.ts';

export interface FailedAttempt {
  readonly instanceId: string;
  readonly outcome: Outcome;
  readonly error: Error;
  /** Why the request is not retried; undefined where it is. */
  readonly stop: RetryStop | undefined;
}

/** While every replica is unreachable each request has failed attempts, and a log that nobody can read costs as much as they do. */
const LINES_PER_SECOND_MAX = 20;

type Later = (ms: number, run: () => void) => void;

const afterwards: Later = (ms, run) => void setTimeout(run, ms).unref();

/** attemptLog writes a line per failed attempt; above the limit it counts them, and a line of its own says a second later how many. */
export function attemptLog(
  log: Pick<Logger, 'warn'>,
  nowMs: () => number,
  later: Later = afterwards,
): (attempt: FailedAttempt) => void {
  let second = 0;
  let lines = 0;
  let unlogged = 0;
  const logUnlogged = (): void => {
    log.warn({ event: 'proxy.attempts_unlogged', count: unlogged }, 'so many more attempts failed');
    unlogged = 0;
  };
  return ({ instanceId, outcome, error, stop }) => {
    const now = Math.floor(nowMs() / 1_000);
    if (now !== second) [second, lines] = [now, 0];
    if (lines >= LINES_PER_SECOND_MAX) {
      if (unlogged === 0) later(1_000, logUnlogged);
      unlogged += 1;
      return;
    }
    lines += 1;
    log.warn(
      {
        event: 'proxy.attempt_failed',
        instance_id: instanceId,
        outcome,
        will_retry: stop === undefined,
        retry_stop: stop,
        err: error,
      },
      'a replica failed',
    );
  };
}
