import type { Balancer } from '../balancers/balancer.ts';
import type { Catalog, Snapshot } from '../catalog.ts';
import { DiscoveryError } from '../errors.ts';
import { callInstances, type Attempt, type CallOptions } from './call.ts';
import { createMembership } from './membership.ts';
import type { MemberState, Pick, PickOptions } from './pick.ts';
import { createRetryBudget, type RetryBudget } from './retry-budget.ts';

/** The instances of one service, for calling them. Only passing ones are picked. */
export interface Upstream {
  readonly service: string;
  /** What the catalog said last, all healths. Before the first answer: an empty set with `asOfMs` 0. */
  instances(): Snapshot;
  /** Undefined when no instance is passing, or all passing ones are excluded (by id). */
  pick(options?: PickOptions): Pick | undefined;
  /**
   * Runs `attempt` on a picked instance, and again on another one while it fails, the budget of attempts lasts and the
   * deadline has not passed. Rejects with the error itself where `retryable` says it is an answer, else with
   * DiscoveryError `no_instance`, `attempts_exhausted`, `deadline_exceeded` or `closed`.
   */
  call<T>(attempt: Attempt<T>, options: CallOptions): Promise<T>;
  /** What the retries of this service may add to its traffic: of `call`, and of all who pick for themselves. */
  readonly retries: RetryBudget;
  /** All listed instances, sorted by id, as this process sees them. */
  members(): readonly MemberState[];
  /** Resolves with the catalog's first good answer, or one from the cache that can be used; waits as long as that takes, and rejects only with `closed`. */
  ready(): Promise<void>;
}

export interface UpstreamOptions {
  service: string;
  catalog: Catalog;
  balancer: Balancer;
  /** Aborting it closes the upstream. */
  signal: AbortSignal;
  /** A clock that never goes back; default: since the process began. */
  nowMs?: () => number;
}

export function openUpstream(options: UpstreamOptions): Upstream {
  const { service, catalog, balancer, signal, nowMs = () => performance.now() } = options;
  const retries = createRetryBudget(nowMs);
  const membership = createMembership();
  const first = Promise.withResolvers<void>();
  const good = Promise.withResolvers<void>();
  // Nobody may be waiting when the upstream closes, and that is no fault.
  good.promise.catch(() => undefined);
  let latest: Snapshot = { instances: [], asOfMs: 0 };

  async function follow(): Promise<void> {
    for await (const snapshot of catalog.watch(service, signal)) {
      latest = snapshot;
      membership.apply(snapshot);
      first.resolve();
      if (snapshot.error === undefined || snapshot.cached) good.resolve();
    }
    first.resolve();
    good.reject(new DiscoveryError('closed', `the upstream ${service} was closed`));
  }
  void follow();

  function pick({ exclude, only }: PickOptions = {}): Pick | undefined {
    const member =
      only === undefined
        ? balancer.pick(membership.passing(exclude))
        : membership.all().find(({ instance }) => instance.id === only);
    if (member === undefined) return undefined;
    member.inFlight += 1;
    let held = true;
    return {
      instance: member.instance,
      observe: () => undefined,
      release() {
        if (held) member.inFlight -= 1;
        held = false;
      },
    };
  }

  return {
    service,
    instances: () => latest,
    retries,
    members: () => membership.all().map((member) => ({ ...member, ewmaMs: 0, ejectedForMs: 0, why: undefined })),
    pick,
    call: (attempt, callOptions) =>
      callInstances(
        { service, pick, first: first.promise, fault: () => latest.error, closed: signal },
        attempt,
        callOptions,
      ),
    ready: () => good.promise,
  };
}
