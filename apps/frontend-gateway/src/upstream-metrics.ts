import type { ObserveOptions, Outcome, Pick, Upstream, UpstreamObserver } from '@nestfleet/discovery';
import { Counter, Gauge, type Registry } from 'prom-client';
import { SLOT_KINDS, type SlotKind, type UpstreamSlots } from './proxy/upstream-slots.ts';

/** What the proxy counts. */
export interface ProxyMetrics {
  attempt(pick: Pick): Pick;
  retry(service: string): void;
  /** A request that got no slot of its kind, and was refused. */
  overflow(service: string, kind: SlotKind): void;
  /** Slots that are shown, by kind. */
  watchSlots(slots: UpstreamSlots): void;
  /** Bytes of request bodies that are buffered. */
  watchBuffers(buffers: { readonly bytes: number }): void;
}

/**
 * UpstreamMetrics counts for Prometheus what the load balancing of this gateway does: attempts, retries, the retry budget,
 * ejections and the age of the catalog.
 */
export class UpstreamMetrics implements ProxyMetrics {
  /** For `openDiscovery`. */
  readonly observer: UpstreamObserver;
  private readonly attempts: Counter<'upstream' | 'outcome'>;
  private readonly retries: Counter<'upstream'>;
  private readonly overflows: Counter<'upstream' | 'kind'>;
  private readonly attemptsOf = new Map<string, { inc(): void }>();

  /** @param upstreams those that are shown; several of one service count as one */
  constructor(
    private readonly registry: Registry,
    private readonly upstreams: () => readonly Upstream[],
    private readonly nowMs: () => number,
  ) {
    const registers = [registry];
    this.attempts = new Counter({
      name: 'nestfleet_upstream_attempts_total',
      help: 'Attempts of proxied requests that ended: ok, error (5xx), overloaded (it is full and did not begin), timeout, refused, broken (cut off), unknown (no fault of the instance)',
      labelNames: ['upstream', 'outcome'],
      registers,
    });
    this.retries = new Counter({
      name: 'nestfleet_upstream_retries_total',
      help: 'Attempts of proxied requests after the first one',
      labelNames: ['upstream'],
      registers,
    });
    this.overflows = new Counter({
      name: 'nestfleet_upstream_overflow_total',
      help: 'Requests that were refused because no slot of their kind was free at any instance: streams, upgrades',
      labelNames: ['upstream', 'kind'],
      registers,
    });
    const budget = new Counter({
      name: 'nestfleet_upstream_retry_budget_total',
      help: 'Retries that the budget was asked for: spent (granted) or refused (exhausted)',
      labelNames: ['upstream', 'decision'],
      registers,
    });
    const ejections = new Counter({
      name: 'nestfleet_upstream_ejections_total',
      help: 'Ejections of instances from load balancing: refused, timeout, error, broken, success_rate (failed more often than its siblings)',
      labelNames: ['upstream', 'reason'],
      registers,
    });
    this.observer = {
      onEjected: ({ service, reason }) => ejections.inc({ upstream: service, reason }),
      onRetry: ({ service, isGranted }) => budget.inc({ upstream: service, decision: isGranted ? 'spent' : 'refused' }),
    };
    this.registerGauges(registers);
  }

  /** @returns the pick to use for the attempt, which is counted when it is released */
  attempt(pick: Pick): Pick {
    return new CountedPick(pick, this.countAttempt);
  }

  retry(service: string): void {
    this.retries.inc({ upstream: service });
  }

  overflow(service: string, kind: SlotKind): void {
    this.overflows.inc({ upstream: service, kind });
  }

  watchSlots(slots: UpstreamSlots): void {
    const registers = [this.registry];
    const labelNames = ['upstream', 'kind'] as const;
    const gauge = (name: string, help: string, valueOf: (kind: SlotKind, ids: readonly string[]) => number): void => {
      const made: Gauge<'upstream' | 'kind'> = new Gauge({
        name,
        help,
        labelNames,
        registers,
        collect: () => {
          for (const [service, group] of this.byService()) {
            const ids = [...new Set(group.flatMap((each) => each.members().map(({ instance: { id } }) => id)))];
            for (const kind of SLOT_KINDS) made.set({ upstream: service, kind }, valueOf(kind, ids));
          }
        },
      });
    };
    gauge('nestfleet_upstream_slots_used', 'Connections to all instances in use, by kind', (kind, ids) =>
      ids.reduce((sum, id) => sum + slots[kind].used(id), 0),
    );
    gauge(
      'nestfleet_upstream_slots_exhausted_instances',
      'Instances that have no slot of a kind left',
      (kind, ids) => ids.filter((id) => slots[kind].exhausted.has(id)).length,
    );
  }

  watchBuffers(buffers: { readonly bytes: number }): void {
    const gauge: Gauge = new Gauge({
      name: 'nestfleet_upstream_buffered_body_bytes',
      help: 'Bytes of request bodies that are buffered before they are sent, or for as long as they may be sent again',
      collect: () => gauge.set(buffers.bytes),
      registers: [this.registry],
    });
  }

  /** A `labels()` call per request sorts and joins strings; a kept child costs one map look-up. */
  private readonly countAttempt = (upstream: string, outcome: Outcome): void => {
    const key = `${upstream} ${outcome}`;
    let child = this.attemptsOf.get(key);
    if (child === undefined) this.attemptsOf.set(key, (child = this.attempts.labels({ upstream, outcome })));
    child.inc();
  };

  private registerGauges(registers: Registry[]): void {
    const ejected: Gauge<'upstream'> = new Gauge({
      name: 'nestfleet_upstream_ejected_instances',
      help: 'Instances that are ejected from load balancing now, or wait for a probe',
      labelNames: ['upstream'],
      registers,
      collect: () => {
        for (const [service, group] of this.byService()) ejected.set({ upstream: service }, ejectedOf(group));
      },
    });
    const age: Gauge<'upstream'> = new Gauge({
      name: 'nestfleet_upstream_catalog_age_seconds',
      help: 'Time since the last good answer of the catalog about this service',
      labelNames: ['upstream'],
      registers,
      collect: () => {
        for (const [service, [first]] of this.byService()) {
          const asOfMs = first?.instances().asOfMs ?? 0;
          if (asOfMs > 0) age.set({ upstream: service }, Math.max(0, this.nowMs() - asOfMs) / 1_000);
        }
      },
    });
  }

  private byService(): Map<string, Upstream[]> {
    return Map.groupBy(this.upstreams(), ({ service }) => service);
  }
}

const ejectedOf = (group: readonly Upstream[]): number =>
  new Set(
    group.flatMap((each) => each.members().flatMap(({ instance: { id }, why }) => (why === undefined ? [] : [id]))),
  ).size;

/** CountedPick counts one attempt by the outcome that is known of it when it ends. */
class CountedPick implements Pick {
  readonly instance: Pick['instance'];
  readonly isProbe: boolean;
  private observed: Outcome | undefined;
  private isOver = false;

  constructor(
    private readonly pick: Pick,
    private readonly count: (service: string, outcome: Outcome) => void,
  ) {
    this.instance = pick.instance;
    this.isProbe = pick.isProbe;
  }

  observe(outcome: Outcome, options?: ObserveOptions): void {
    this.observed ??= outcome;
    this.pick.observe(outcome, options);
  }

  release(outcome: Outcome = 'unknown'): void {
    this.pick.release(outcome);
    if (this.isOver) return;
    this.isOver = true;
    this.count(this.instance.service, outcome === 'broken' ? outcome : (this.observed ?? outcome));
  }
}
