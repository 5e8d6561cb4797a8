import { pause } from '@nestfleet/timing';
import type { HeldAttempt } from './held-attempt.ts';
import type { RunningJob } from './running-job.ts';
import type { RunningJobs } from './running-jobs.ts';
import { isReply, type Refusals } from './refusals.ts';
import type { Regained, WorkerScripts } from './worker-scripts.ts';

/** Held is what has a lock to renew. */
export type Held = Pick<RunningJob<unknown>, 'stop' | 'givenUp' | 'handler'> &
  Pick<HeldAttempt<unknown>, 'lease' | 'end'>;

export interface LockRenewalParts<A extends Held> {
  readonly running: RunningJobs<A>;
  readonly refusals: Refusals;
  readonly scripts: Pick<WorkerScripts, 'regain' | 'cancelRequests'>;
  /** Renews the locks that are ours and answers the ids of the others. */
  readonly extend: (bullIds: string[], tokens: string[]) => Promise<string[]>;
  readonly renewalMs: number;
}

/**
 * LockRenewal keeps the locks of all attempts until Redis has what became of them. BullMQ's own ends with the handler, which
 * leaves a result that Redis refuses without a lock, and knows attempts by the ids of their jobs. Stops those that somebody asked
 * to cancel.
 */
export class LockRenewal<A extends Held> {
  private readonly ending = new AbortController();

  private readonly parts: LockRenewalParts<A>;

  constructor(parts: LockRenewalParts<A>) {
    this.parts = parts;
  }

  /** Runs until `stop`. */
  async run(): Promise<void> {
    const { signal } = this.ending;
    const { refusals, renewalMs } = this.parts;
    let renewed = true;
    while (!signal.aborted) {
      // Of a lock that outlasts a refusal little is left afterwards.
      await pause(renewed ? renewalMs : Math.min(renewalMs, refusals.backOffMs()), signal);
      if (!signal.aborted) renewed = await this.renewed();
    }
  }

  /** The locks expire from now on. */
  stop(): void {
    this.ending.abort();
  }

  /**
   * Says what an attempt that seems to have lost its lock still has of its job, and stops it when another has it. One that was
   * given up has nothing, and gets nothing back. Rejects as Redis does.
   */
  async recheck(attempt: A): Promise<Regained> {
    if (attempt.givenUp) return 'taken';
    const regained = await this.parts.scripts.regain(attempt.lease);
    // One that goes on has settled nothing: another one has ended the job.
    const goesOn = attempt.handler !== undefined && attempt.end === undefined;
    const found = regained === 'settled' && goesOn ? 'taken' : regained;
    if (found === 'taken') attempt.stop('lock_lost');
    return found;
  }

  /** False when Redis refused. */
  private async renewed(): Promise<boolean> {
    const { running, refusals, extend } = this.parts;
    const attempts = running.all.filter(({ givenUp }) => !givenUp);
    const begunMs = performance.now();
    if (attempts.length === 0) {
      refusals.took('renew');
      return true;
    }
    try {
      const ids = attempts.map(({ lease }) => lease.bullId);
      const tokens = attempts.map(({ lease }) => lease.token);
      // In one round trip: asked for more often, it would cost more than the renewal does.
      const [lost, toCancel] = await Promise.all([extend(ids, tokens), this.parts.scripts.cancelRequests(ids)]);
      const others = new Set(lost);
      for (const attempt of attempts) if (toCancel.has(attempt.lease.bullId)) attempt.stop('cancelled');
      // One that has ended in the meantime has no lock and needs none.
      for (const attempt of attempts)
        if (others.has(attempt.lease.bullId) && running.has(attempt)) await this.recheck(attempt);
      refusals.took('renew');
      return true;
    } catch (error) {
      // Without a connection the next round is soon enough: its commands wait for one.
      if (!isReply(error)) return true;
      refusals.refusedBy('renew', error, begunMs);
      return false;
    }
  }
}
