import { messageOf } from '@nestfleet/contracts';
import { StateError } from '../errors.ts';
import type { Lease } from './leases.ts';

export interface HeldLeaseParts {
  readonly name: string;
  readonly fencingToken: number;
  readonly ttlMs: number;
  /** When the request that took it was sent. */
  readonly takenMs: number;
  /** Monotonic. */
  readonly nowMs: () => number;
  readonly renew: () => Promise<boolean>;
}

/** Renewed after this share of the lifetime: two more may fail before it ends. */
const RENEW_AT = 1 / 3;
/** After a renewal that was not answered the next one comes sooner. */
const RENEW_AGAIN_AT = 1 / 10;

/**
 * HeldLease is a lease while it is held. Its end is counted from before a renewal was sent, never from its answer: the store began to
 * count somewhere between, so the lease is over here before it is over there. Once lost it stays lost. It keeps no process
 * alive: that is up to the work.
 */
export class HeldLease implements Lease {
  readonly fencingToken: number;
  readonly #parts: HeldLeaseParts;
  readonly #controller = new AbortController();
  #endMs: number;
  #renewal: NodeJS.Timeout | undefined;
  #end: NodeJS.Timeout | undefined;
  #over = false;

  constructor(parts: HeldLeaseParts) {
    this.#parts = parts;
    this.fencingToken = parts.fencingToken;
    this.#endMs = parts.takenMs + parts.ttlMs;
    this.#watchEnd();
    this.#renewIn(parts.ttlMs * RENEW_AT);
  }

  get signal(): AbortSignal {
    this.#checkClock();
    return this.#controller.signal;
  }

  /** Ends the renewals; whether it was held until now. */
  stop(): boolean {
    this.#checkClock();
    this.#over = true;
    clearTimeout(this.#renewal);
    clearTimeout(this.#end);
    return !this.#controller.signal.aborted;
  }

  #checkClock(): void {
    if (!this.#over && this.#parts.nowMs() >= this.#endMs) this.#lose('its time is over and no renewal was answered');
  }

  #lose(why: string): void {
    this.#over = true;
    clearTimeout(this.#renewal);
    clearTimeout(this.#end);
    this.#controller.abort(leaseLost(this.#parts.name, why));
  }

  #watchEnd(): void {
    clearTimeout(this.#end);
    this.#end = setTimeout(
      () => {
        this.#checkClock();
        // A timer may come a little early.
        if (!this.#over) this.#watchEnd();
      },
      Math.ceil(this.#endMs - this.#parts.nowMs()),
    );
    this.#end.unref();
  }

  #renewIn(ms: number): void {
    this.#renewal = setTimeout(() => {
      this.#renew().catch((error: unknown) => this.#lose(messageOf(error)));
    }, ms);
    this.#renewal.unref();
  }

  async #renew(): Promise<void> {
    // After a stall this timer comes before that of the end.
    this.#checkClock();
    if (this.#over) return;
    const { nowMs, ttlMs, renew } = this.#parts;
    const sentMs = nowMs();
    const held = await renew().catch(() => undefined);
    this.#checkClock();
    if (this.#over) return;
    if (held === false) return this.#lose('the store does not know it any more');
    if (held === undefined) return this.#renewIn(ttlMs * RENEW_AGAIN_AT);
    this.#endMs = sentMs + ttlMs;
    this.#checkClock();
    if (this.#over) return;
    this.#watchEnd();
    this.#renewIn(Math.max(0, sentMs + ttlMs * RENEW_AT - nowMs()));
  }
}

export const leaseLost = (name: string, why: string): StateError =>
  new StateError('lease_lost', `the lease "${name}" was lost: ${why}`);
