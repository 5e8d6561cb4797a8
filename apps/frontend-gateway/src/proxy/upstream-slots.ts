import type { Instance, ObserveOptions, Outcome, Pick, PickOptions, Upstream } from '@nestfleet/discovery';
import { Slots, SlotTotal } from './slots.ts';

/** UPSTREAM_SLOTS is the token of the gateway's slots in Nest. */
export const UPSTREAM_SLOTS = Symbol('slots of the connections to instances');

/** SLOT_KINDS are what a connection to an instance is used for. */
export const SLOT_KINDS = ['requests', 'streams', 'upgrades'] as const;
export type SlotKind = (typeof SLOT_KINDS)[number];

export type UsedSlots = Readonly<Record<SlotKind, { readonly used: number; readonly max: number }>>;

/**
 * UpstreamSlots are the circuit breaker of the connections to each instance: so many requests, beside them so many streams
 * (event streams, large transfers, whatever goes on at the pace of a client), and so many upgraded connections. What is
 * long has slots of its own, so that it never takes the connection of what is short, and a bound over all instances, so that it
 * never takes all connections of clients.
 */
export class UpstreamSlots {
  readonly requests: Slots;
  readonly streams: Slots;
  readonly upgrades: Slots;

  /**
   * @param requestsMax also for upgraded connections
   * @param longMax streams and upgraded connections of all instances together
   */
  constructor(requestsMax: number, streamsMax: number, longMax: number) {
    const long = new SlotTotal(longMax);
    this.requests = new Slots(requestsMax);
    this.streams = new Slots(streamsMax, long);
    this.upgrades = new Slots(requestsMax, long);
  }

  /** Undefined while none is in use. */
  usedOf(id: string): UsedSlots | undefined {
    if (SLOT_KINDS.every((kind) => this[kind].used(id) === 0)) return undefined;
    const { requests, streams, upgrades } = this;
    return {
      requests: { used: requests.used(id), max: requests.max },
      streams: { used: streams.used(id), max: streams.max },
      upgrades: { used: upgrades.used(id), max: upgrades.max },
    };
  }

  /** The pick with a slot for its request, from now until its release. */
  hold(pick: Pick): HeldPick {
    return new HeldPick(pick, this);
  }

  /**
   * One that has a free connection; where there is none the request waits for one.
   * @param options with the ids of instances that have failed the request
   */
  pickFor(upstream: Upstream, options: PickOptions = {}): Pick | undefined {
    const { exhausted } = this.requests;
    if (exhausted.size === 0) return upstream.pick(options);
    const exclude = new Set([...exhausted, ...(options.exclude ?? [])]);
    return upstream.pick({ ...options, exclude }) ?? upstream.pick(options);
  }
}

/** HeldPick is a pick with the slot that its request holds. */
export class HeldPick implements Pick {
  readonly instance: Instance;
  readonly isProbe: boolean;
  private isStream = false;
  private isOver = false;

  constructor(
    private readonly pick: Pick,
    private readonly slots: UpstreamSlots,
  ) {
    this.instance = pick.instance;
    this.isProbe = pick.isProbe;
    slots.requests.take(this.instance.id);
  }

  /** Its request becomes a stream. @returns false where no slot for one is left; it keeps the one that it has */
  becomeStream(): boolean {
    if (this.isStream || this.isOver) return true;
    if (!this.slots.streams.tryTake(this.instance.id)) return false;
    this.isStream = true;
    this.slots.requests.release(this.instance.id);
    return true;
  }

  observe(outcome: Outcome, options?: ObserveOptions): void {
    this.pick.observe(outcome, options);
  }

  release(outcome?: Outcome): void {
    this.pick.release(outcome);
    if (this.isOver) return;
    this.isOver = true;
    const { requests, streams } = this.slots;
    (this.isStream ? streams : requests).release(this.instance.id);
  }
}
