import { within } from '@nestfleet/timing';
import { Slots } from './slots.ts';

/** SoloAttempt is one start of a job, of the queue that it names. */
export interface SoloAttempt {
  readonly queue: string;
}

/** SoloTimes bound what a suspect may ask of the others in its process. */
export interface SoloTimes {
  /** How long it waits until it asks what next. Infinity: until it is alone. */
  readonly withinMs: number;
  /** How long all queues are closed at once for it, where a job of them goes on. */
  readonly allWithinMs: number;
}

/** `late`: the time is over, and it may wait on. `deaf`: a handler goes on that nobody can stop. `stopped`: the signal was aborted. */
export type Held = 'alone' | 'late' | 'deaf' | 'stopped';

/**
 * Solo lets one attempt run with nothing beside it in this process, over all of its queues. Those that run end first. Its own queue takes
 * no job meanwhile; the others do, until those of closed queues have ended. Then all are closed for a moment, and the queues
 * whose jobs outlast that stay closed too. So a queue of short jobs does not wait for the long ones of another, and as the
 * closed ones only grow in number it ends.
 */
export class Solo {
  private readonly present = new Slots<SoloAttempt>();
  /** Handlers that go on although their attempts are over. */
  private readonly deaf = new Set<Promise<unknown>>();
  private holder: SoloAttempt | undefined;
  private readonly closed = new Set<string>();
  private areAllClosed = false;
  private changed: (() => void) | undefined;
  private readonly restUntilMs = new Map<string, number>();

  /** Whether an attempt runs alone, or waits until it can. */
  get held(): boolean {
    return this.holder !== undefined;
  }

  /** Whether no job of that queue is to be taken. */
  isClosed(queue: string): boolean {
    if (this.holder !== undefined && (this.areAllClosed || this.closed.has(queue))) return true;
    return this.restUntilMs.size > 0 && performance.now() < (this.restUntilMs.get(queue) ?? -Infinity);
  }

  /** Takes no more of that queue until the one that holds it has left: a suspect of it is next. */
  close(queue: string): void {
    if (this.holder !== undefined) this.closed.add(queue);
  }

  /** Takes none of that queue for a while: what is put back into it is for another worker. */
  rest(queue: string, ms: number): void {
    this.restUntilMs.set(queue, performance.now() + ms);
  }

  enter(attempt: SoloAttempt): void {
    this.present.add(attempt);
  }

  /** It is over; what Redis has of it does not matter here. One whose `handler` has not ended keeps others from being alone. */
  leave(attempt: SoloAttempt, handler?: Promise<unknown>): void {
    this.present.delete(attempt);
    if (handler) this.remain(handler);
    if (this.holder === attempt) this.free();
    this.changed?.();
  }

  /**
   * Waits until nothing else is left. Alone, the attempt holds it until it leaves; late, it holds it as before, and leaves or asks again.
   * Only while no other one holds it.
   */
  async hold(attempt: SoloAttempt, signal: AbortSignal, { withinMs, allWithinMs }: SoloTimes): Promise<Held> {
    if (this.holder !== undefined && this.holder !== attempt) throw new Error('another attempt runs alone');
    this.holder = attempt;
    this.closed.add(attempt.queue);
    const lateMs = performance.now() + withinMs;
    let allUntilMs = Infinity;
    const onAbort = (): void => this.changed?.();
    signal.addEventListener('abort', onAbort);
    try {
      for (;;) {
        if (this.holder !== attempt) return 'stopped';
        // When it ends is not known, so nobody waits for it.
        if (this.deaf.size > 0) return this.giveUp('deaf');
        if (this.isAlone()) {
          this.areAllClosed = true;
          return 'alone';
        }
        if (signal.aborted) return this.giveUp('stopped');
        const nowMs = performance.now();
        if (nowMs >= lateMs) {
          // Nothing is known to end soon.
          this.areAllClosed = false;
          return 'late';
        }
        if (this.areAllClosed && nowMs >= allUntilMs) this.closeThoseLeft();
        if (!this.areAllClosed && !this.isLeftInClosed()) {
          this.areAllClosed = true;
          allUntilMs = nowMs + allWithinMs;
        }
        await this.change(Math.min(lateMs, this.areAllClosed ? allUntilMs : Infinity) - nowMs);
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  private async change(withinMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.changed = resolve;
    await within(promise, withinMs);
    this.changed = undefined;
  }

  private giveUp(why: Held): Held {
    this.free();
    return why;
  }

  private free(): void {
    this.holder = undefined;
    this.closed.clear();
    this.areAllClosed = false;
  }

  /** The others are open again. */
  private closeThoseLeft(): void {
    for (const { queue } of this.present.all()) this.closed.add(queue);
    this.areAllClosed = false;
  }

  private isLeftInClosed(): boolean {
    return this.present.find((each) => each !== this.holder && this.closed.has(each.queue)) !== undefined;
  }

  private remain(handler: Promise<unknown>): void {
    if (this.deaf.has(handler)) return;
    this.deaf.add(handler);
    void handler.then(() => this.deaf.delete(handler));
  }

  private isAlone(): boolean {
    return this.holder !== undefined && this.present.size === 1 && this.present.has(this.holder);
  }
}
