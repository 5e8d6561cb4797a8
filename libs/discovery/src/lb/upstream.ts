import type { Random } from '@nestfleet/timing';
import type { Balancer } from './balancers/balancer.ts';
import type { Catalog, Snapshot } from '../catalog.ts';
import { DiscoveryError } from '../errors.ts';
import { callInstances, type Attempt, type CallOptions } from './call.ts';
import type { MemberState, Pick, PickOptions } from './pick.ts';
import { Pool } from './pool.ts';
import { createRetryBudget, type RetryBudget } from './retry-budget.ts';
import type { SlowStart } from './traffic-share.ts';
import type { UpstreamObserver } from './upstream-observer.ts';

/** Upstream is the client-side load balancer over the instances of one service. */
export interface Upstream {
  readonly service: string;
  /** What the catalog said last, all healths. Before the first answer: an empty set with `asOfMs` 0. */
  instances(): Snapshot;
  /**
   * A passing instance; where less than half of the passing and critical ones pass, a critical one too. An ejected
   * one gets requests only while there is no other, or to be probed. Undefined when there is none, or all are excluded (by id).
   */
  pick(options?: PickOptions): Pick | undefined;
  /**
   * Runs `attempt` on a picked instance, and on another one while it fails, attempts and the budget of retries last and
   * the deadline has not passed. Rejects with the error itself where `retryable` says it is an answer, else with
   * DiscoveryError `no_instance`, `attempts_exhausted`, `outcome_unknown`, `deadline_exceeded` or `closed`.
   */
  call<T>(attempt: Attempt<T>, options: CallOptions): Promise<T>;
  /** What the retries of this service may add to its traffic: of `call`, and of all who pick for themselves. */
  readonly retries: RetryBudget;
  /** All listed instances, sorted by id, as this process sees them. */
  members(): readonly MemberState[];
  /**
   * Resolves with the catalog's first good answer, or one from the cache that can be used; waits as long as that takes,
   * and rejects only with `closed`.
   */
  ready(): Promise<void>;
}

export interface UpstreamOptions {
  service: string;
  catalog: Catalog;
  balancer: Balancer;
  /** Aborting it closes the upstream. */
  signal: AbortSignal;
  /** @default Math.random */
  random?: Random;
  /**
   * A clock that never goes back.
   *
   * @default performance.now
   */
  nowMs?: () => number;
  observer?: UpstreamObserver | undefined;
  slowStart?: SlowStart | undefined;
  /** The zone of this process. */
  zone?: string | undefined;
}

export function openUpstream(options: UpstreamOptions): Upstream {
  const {
    service,
    catalog,
    balancer,
    signal,
    random = Math.random,
    nowMs = () => performance.now(),
    observer,
    slowStart,
    zone,
  } = options;
  const pool = new Pool({ balancer, random, nowMs, observer, slowStart, zone });
  const retries = createRetryBudget(
    nowMs,
    () => pool.hasHealthyMember(),
    (isGranted) => observer?.onRetry?.({ service, isGranted }),
  );
  const pick = (wanted?: PickOptions): Pick | undefined => pool.pick(wanted);
  const first = Promise.withResolvers<void>();
  const good = Promise.withResolvers<void>();
  // Nobody may be waiting when the upstream closes, and that is no fault.
  good.promise.catch(() => undefined);
  let latest: Snapshot = { instances: [], asOfMs: 0 };

  async function follow(): Promise<void> {
    for await (const snapshot of catalog.watch(service, signal)) {
      latest = snapshot;
      pool.apply(snapshot);
      first.resolve();
      if (snapshot.error === undefined || snapshot.cached) good.resolve();
    }
    first.resolve();
    good.reject(new DiscoveryError('closed', `the upstream ${service} was closed`));
  }
  void follow();

  return {
    service,
    instances: () => latest,
    pick,
    call: (attempt, callOptions) =>
      callInstances(
        {
          service,
          pick,
          hasOther: (exclude) => pool.hasOther(exclude),
          retries,
          random,
          first: first.promise,
          fault: () => latest.error,
          closed: signal,
        },
        attempt,
        callOptions,
      ),
    retries,
    members: () => pool.members(),
    ready: () => good.promise,
  };
}
