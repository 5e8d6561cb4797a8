import type { RouteRule } from '@nestfleet/contracts';
import type { Outcome, Pick, Upstream } from '@nestfleet/discovery';
import type { Attempt } from './attempt.ts';
import type { FailedAttempt } from './attempt-log.ts';
import { isRetryable, isUnbegun, type Reach, type RetryStop } from './retry-policy.ts';
import type { UpstreamSlots } from './upstream-slots.ts';

export interface RetryTools {
  /** Not the upstream itself: it begins to watch when first asked for, and printing the documents must not. */
  readonly upstream: () => Upstream;
  readonly slots: UpstreamSlots;
  /** Routes of the service with their retry policies. */
  readonly routes: readonly RouteRule[];
  /** Times that one request may be sent again. What was not sent does not count. */
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

/** RetryDecision is the host of the next attempt, or why there is none. */
export type RetryDecision =
  { readonly next: Pick; readonly stop?: undefined } | { readonly next?: undefined; readonly stop: RetryStop };

/** Retries decides whether a request is retried on another host, and on which, and keeps the errors of its attempts. */
export class Retries {
  count = 0;
  readonly errors: Error[] = [];
  /** A replica was full and did not begin it, and none may have begun it. */
  wasOnlyRefused = false;
  private wasBegun = false;
  private tried: Set<string> | undefined;

  constructor(
    private readonly tools: RetryTools,
    private readonly sent: Sent,
  ) {}

  /**
   * @param reach how far the attempt came; @default what it says itself
   * @param needs a slot of this kind is what it lacked: only a host that has one is asked
   */
  decide(
    { reach: its, bodyBegun, instanceId, pick: { isProbe } }: Attempt,
    reach: Reach = its,
    needs?: 'streams',
  ): RetryDecision {
    this.wasBegun ||= !isUnbegun(reach);
    this.wasOnlyRefused = !this.wasBegun && (this.wasOnlyRefused || reach === 'not_begun');
    if (this.count >= this.tools.retriesMax) return { stop: 'retries_exhausted' };
    const { method, path, headers } = this.sent;
    if (!isRetryable({ reach, bodyBegun, method, path, headers }, this.tools.routes)) return { stop: 'not_retryable' };
    const { slots } = this.tools;
    if (needs !== undefined && slots[needs].isTotalExhausted) return { stop: 'no_other_host' };
    const upstream = this.tools.upstream();
    (this.tried ??= new Set()).add(instanceId);
    // Where all are full one more attempt would only add to what they refuse.
    const exclude = needs === undefined ? this.tried : new Set([...this.tried, ...slots[needs].exhausted]);
    const options = { exclude, excludeOverloaded: reach === 'not_begun' };
    const next = slots.pickFor(upstream, options);
    if (!next) return { stop: 'no_other_host' };
    // Refused connections alone, or probes with little traffic, would use the budget up.
    const isFree = reach === 'unsent' || needs !== undefined;
    if (!upstream.retries.take(isProbe || isFree)) {
      next.release('unknown');
      return { stop: 'retry_budget_exhausted' };
    }
    // What put no work on a replica is bounded by their number.
    if (!isFree) this.count += 1;
    return { next };
  }

  /** @param stop why the request is not retried; undefined where it is */
  recordFailure({ instanceId }: Attempt, outcome: Outcome, error: Error, stop?: RetryStop): void {
    this.errors.push(error);
    this.tools.onFailedAttempt({ instanceId, outcome, error, stop });
  }
}
