/** RefusalReason is why a request was not begun. */
export type RefusalReason =
  /** As many wait already as may wait. */
  | 'queue_full'
  /** It has waited for as long as it may. */
  | 'queue_timeout'
  /** Its caller stops waiting before its turn would come. */
  | 'deadline'
  /** The event loop has been late for long, and this request has waited for its turn there. */
  | 'event_loop_lag'
  /** Its client has ended its side, and in a queue that stands it is taken for gone. */
  | 'client_gone'
  /** Its body was on its way for longest when others had no room. */
  | 'bodies_full';

/** QueuedRequest is what the queue calls when it has decided: one of the two, once. */
export interface QueuedRequest {
  /** When its caller stops waiting, by the queue's clock; Infinity where it has not said. */
  readonly endMs: number;
  /** Its client has ended its side of the connection, as one that has gone and one that only reads on both do. */
  readonly isHalfClosed: boolean;
  run(): void;
  refuse(reason: RefusalReason): void;
}

/** AdmissionLimits are the bounds of one instance. */
export interface AdmissionLimits {
  /** Requests that are in flight at once. */
  readonly concurrencyMax: number;
  /** Requests that wait at once. */
  readonly queueMax: number;
  /** Longest wait while the instance is overloaded, milliseconds. */
  readonly targetMs: number;
  /** A queue that has stood for so long is served newest first, milliseconds. */
  readonly intervalMs: number;
  /** Longest wait at any time, milliseconds; a queue that has stood for so long shows an overload. */
  readonly deadlineMs: number;
}

export interface AdmissionQueueOptions extends AdmissionLimits {
  /** A clock that never goes back. */
  readonly nowMs: () => number;
  /**
   * So long requests are begun in one turn of the event loop, milliseconds. Those that are left wait here: unread and not
   * accepted they would wait where nobody can refuse them.
   */
  readonly turnMs: number;
  /** Asks for a call of `turn` in the next turn of the event loop. */
  readonly onNextTurn: () => void;
  /** True in the graceful shutdown, when nothing that can still be served is refused. */
  readonly isDraining: () => boolean;
  /** Longest wait in the graceful shutdown, milliseconds. */
  readonly drainMs: number;
}

/** A node of the queue, which is a doubly linked list: its oldest, its newest and any between can leave. */
interface Waiting {
  readonly request: QueuedRequest;
  readonly sinceMs: number;
  older: Waiting | undefined;
  newer: Waiting | undefined;
}

/**
 * An overload that ended no longer ago than this begins again as soon as the queue stands, milliseconds; as CoDel goes on where
 * it was. Else a stall that empties the queue for a moment would let it grow for another deadline.
 */
const RELAPSE_MS = 10_000;

/** Share of one gap in the mean of the gaps: a long one may be a stall of the process, and is believed slowly. */
const GAP_WEIGHT = { longer: 1 / 16, shorter: 1 / 2 };

/**
 * AdmissionQueue is a concurrency limit with a queue before it. The queue is first in, first out, until it has stood for an
 * interval: then the newest is served first (adaptive LIFO), because its caller is the one that still waits. A queue that has
 * stood for a whole deadline is no burst but an overload, and from then on nobody waits longer than the target (CoDel).
 * Standing means without a break in which nobody waited; an overload ends with a break that lasts an interval. No input or
 * output: the caller has the clock, and calls `expire` now and then while somebody waits.
 */
export class AdmissionQueue {
  private readonly options: AdmissionQueueOptions;
  private active = 0;
  private oldest: Waiting | undefined;
  private newest: Waiting | undefined;
  private waiting = 0;
  private readonly places = new Map<QueuedRequest, Waiting>();
  private standingSinceMs: number | undefined;
  private emptySinceMs: number | undefined;
  private overloaded = false;
  private overloadEndedMs = -Infinity;
  /** Mean time from one that ends to the next while others wait, milliseconds. */
  private gapMs = 0;
  private lastEndMs: number | undefined;
  /** When the first request of this turn of the event loop was begun. */
  private turnSinceMs: number | undefined;
  private isTurnPlanned = false;

  constructor(options: AdmissionQueueOptions) {
    this.options = options;
  }

  /** Requests that run and have not left. */
  get inFlight(): number {
    return this.active;
  }

  /** Requests that wait. */
  get depth(): number {
    return this.waiting;
  }

  /** True from when the queue has stood for a deadline until it has been empty for an interval. */
  get isOverloaded(): boolean {
    return this.overloaded;
  }

  /** Runs the request, or refuses it, or lets it wait until one of both is decided. */
  enter(request: QueuedRequest): void {
    const { queueMax, nowMs } = this.options;
    const atMs = nowMs();
    if (this.waiting === 0 && this.hasPlace(atMs)) {
      this.active += 1;
      request.run();
      return;
    }
    this.stand(atMs);
    if (!this.options.isDraining()) {
      if (this.waiting >= queueMax) this.expireAt(atMs);
      if (atMs + this.expectedWaitMs(atMs) > request.endMs) {
        request.refuse('deadline');
        return;
      }
      if (this.waiting >= queueMax) {
        const last = this.isNewestFirst(atMs) ? this.oldest : undefined;
        if (last === undefined) {
          request.refuse('queue_full');
          return;
        }
        this.take(last);
        last.request.refuse('queue_full');
      }
    }
    this.append(request, atMs);
  }

  /** One that ran has ended; call it once for each. */
  leave(): void {
    const atMs = this.options.nowMs();
    this.active -= 1;
    if (this.waiting > 0) this.measureGap(atMs);
    else this.lastEndMs = undefined;
    this.serve(atMs);
  }

  /** Takes one that waits out, undecided: its client has gone. @returns false where it did not wait */
  remove(request: QueuedRequest): boolean {
    const place = this.places.get(request);
    if (place === undefined) return false;
    this.take(place);
    return true;
  }

  /** Refuses those that have waited for as long as they may. */
  expire(): void {
    this.expireAt(this.options.nowMs());
  }

  /** Call it in the next turn of the event loop after `onNextTurn`. */
  turn(): void {
    this.isTurnPlanned = false;
    this.turnSinceMs = undefined;
    const atMs = this.options.nowMs();
    if (this.waiting > 0) this.serve(atMs);
    // Those that waited for this turn have gone.
    else if (this.active < this.options.concurrencyMax) this.restOnce(atMs);
  }

  private hasPlace(atMs: number): boolean {
    if (this.active >= this.options.concurrencyMax) return false;
    this.turnSinceMs ??= atMs;
    if (!this.isTurnPlanned) {
      this.isTurnPlanned = true;
      this.options.onNextTurn();
    }
    return atMs - this.turnSinceMs < this.options.turnMs;
  }

  /** Begins one: what it does at once is only known when the next one is asked for. */
  private serve(atMs: number): void {
    this.noticeOverload(atMs);
    while (this.waiting > 0 && this.hasPlace(atMs)) {
      const next = this.isNewestFirst(atMs) ? this.newest : this.oldest;
      if (next === undefined) break;
      this.take(next);
      const refusal = this.refusalOf(next, atMs);
      if (refusal === undefined) {
        this.active += 1;
        next.request.run();
        break;
      }
      next.request.refuse(refusal);
    }
    // Only here: a queue that is empty because all that waited were refused is no break.
    if (this.waiting === 0) this.restOnce(atMs);
  }

  /** Somebody has to wait. */
  private stand(atMs: number): void {
    if (this.emptySinceMs !== undefined && atMs - this.emptySinceMs >= this.options.intervalMs) {
      if (this.overloaded) this.overloadEndedMs = atMs;
      this.overloaded = false;
      this.standingSinceMs = undefined;
    }
    this.emptySinceMs = undefined;
    this.standingSinceMs ??= atMs;
    this.noticeOverload(atMs);
  }

  private noticeOverload(atMs: number): void {
    if (this.standingSinceMs === undefined) return;
    const { intervalMs, deadlineMs } = this.options;
    const isRelapse = this.standingSinceMs - this.overloadEndedMs < RELAPSE_MS;
    if (atMs - this.standingSinceMs >= (isRelapse ? intervalMs : deadlineMs)) this.overloaded = true;
  }

  /** Nobody waits, because all were served. */
  private restOnce(atMs: number): void {
    if (this.standingSinceMs === undefined || this.emptySinceMs !== undefined) return;
    this.emptySinceMs = atMs;
    this.lastEndMs = undefined;
    if (this.overloaded) return;
    this.standingSinceMs = undefined;
    this.gapMs = 0;
  }

  private isNewestFirst(atMs: number): boolean {
    if (this.options.isDraining() || this.standingSinceMs === undefined) return false;
    return this.overloaded || atMs - this.standingSinceMs >= this.options.intervalMs;
  }

  private waitMaxMs(): number {
    const { drainMs, targetMs, deadlineMs, isDraining } = this.options;
    if (isDraining()) return drainMs;
    return this.overloaded ? targetMs : deadlineMs;
  }

  private expectedWaitMs(atMs: number): number {
    return this.gapMs * (this.isNewestFirst(atMs) ? 1 : this.waiting + 1);
  }

  private measureGap(atMs: number): void {
    if (this.lastEndMs !== undefined) {
      const differenceMs = atMs - this.lastEndMs - this.gapMs;
      this.gapMs += differenceMs * (differenceMs > 0 ? GAP_WEIGHT.longer : GAP_WEIGHT.shorter);
    }
    this.lastEndMs = atMs;
  }

  private expireAt(atMs: number): void {
    if (this.waiting === 0) return;
    this.noticeOverload(atMs);
    let place = this.oldest;
    while (place !== undefined) {
      const { newer } = place;
      const refusal = this.refusalOf(place, atMs);
      if (refusal !== undefined) {
        this.take(place);
        place.request.refuse(refusal);
      }
      place = newer;
    }
  }

  /** Why one that waits is not begun any more. */
  private refusalOf({ request, sinceMs }: Waiting, atMs: number): RefusalReason | undefined {
    if (atMs - sinceMs >= this.waitMaxMs()) return 'queue_timeout';
    if (atMs >= request.endMs) return 'deadline';
    return request.isHalfClosed && this.isNewestFirst(atMs) ? 'client_gone' : undefined;
  }

  private append(request: QueuedRequest, sinceMs: number): void {
    const place: Waiting = { request, sinceMs, older: this.newest, newer: undefined };
    if (this.newest) this.newest.newer = place;
    else this.oldest = place;
    this.newest = place;
    this.waiting += 1;
    this.places.set(request, place);
  }

  private take(place: Waiting): void {
    const { older, newer } = place;
    if (older) older.newer = newer;
    else this.oldest = newer;
    if (newer) newer.older = older;
    else this.newest = older;
    this.waiting -= 1;
    this.places.delete(place.request);
  }
}
