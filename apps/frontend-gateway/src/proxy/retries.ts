import type { Outcome, Pick, Upstream } from '@nestfleet/discovery';
import type { ProblemError } from '@nestfleet/service';
import type { Attempt } from './attempt.ts';
import type { FailedAttempt } from './attempt-log.ts';
import { retryBudgetEmpty, upstreamFailed } from './problems.ts';
import { mayGoElsewhere } from './retryable.ts';

export interface RetryTools {
  /** Not the upstream itself: it begins to watch when first asked for, and printing the documents must not. */
  readonly upstream: () => Upstream;
  /** Replicas that one request may meet after the first one failed. */
  readonly retriesMax: number;
  readonly onFailedAttempt: (attempt: FailedAttempt) => void;
}

/** What is sent, to each replica alike. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  /** Names in lower case and values in turn. */
  readonly headers: readonly string[];
}

/** Retries decides whether a request goes to another replica, and to which; and remembers what went wrong before. */
export class Retries {
  count = 0;
  readonly faults: Error[] = [];
  private tried: Set<string> | undefined;
  private budgetEmpty = false;

  constructor(
    private readonly tools: RetryTools,
    private readonly sent: Sent,
  ) {}

  /** A replica for one more attempt, where the request may be sent again, one is left, and so is the budget. */
  next({ reach, bodyBegun, instanceId, pick: { isTrial } }: Attempt): Pick | undefined {
    this.budgetEmpty = false;
    if (this.count >= this.tools.retriesMax) return undefined;
    const { method, path, headers } = this.sent;
    if (!mayGoElsewhere({ reach, bodyBegun, method, path, headers })) return undefined;
    const upstream = this.tools.upstream();
    (this.tried ??= new Set()).add(instanceId);
    const pick = upstream.pick({ exclude: this.tried });
    if (pick && !upstream.retries.take() && !(isTrial && isWell(upstream, pick))) {
      this.budgetEmpty = true;
      pick.release('unknown');
      return undefined;
    }
    if (pick) this.count += 1;
    return pick;
  }

  note({ instanceId }: Attempt, outcome: Outcome, error: Error, willRetry: boolean): void {
    this.faults.push(error);
    this.tools.onFailedAttempt({ instanceId, outcome, error, willRetry });
  }

  /** Why the last attempt was the last. */
  problem(): ProblemError {
    return this.budgetEmpty ? retryBudgetEmpty(this.faults) : upstreamFailed(this.faults);
  }
}

/** The one that was tried had been passed over: with little traffic such trials alone would use the budget up. */
const isWell = (upstream: Upstream, { instance }: Pick): boolean =>
  upstream.members().some((member) => member.instance.id === instance.id && member.why === undefined);
