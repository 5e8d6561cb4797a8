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
  /** How long the queue of one that is put back takes no job. */
  readonly putBackRestMs: number;
}

interface Waiting {
  readonly attempt: SoloAttempt;
  /** Whether it is next. */
  readonly tell: (isNext: boolean) => void;
}

/** `late`: the time is over, and it may wait on. `deaf`: a handler goes on that nobody can stop. `stopped`: the signal was aborted. */
export type Held = 'alone' | 'late' | 'deaf' | 'stopped';

/**
 * Solo lets one attempt run with nothing beside it in this process, over all of its queues. Those that run end first. Its own queue takes
 * no job meanwhile; the others do, until those of closed queues have ended. Then all are closed for a moment, and the queues
 * whose jobs outlast that stay closed too. So a queue of short jobs does not wait for the long ones of another, and as the
 * closed ones only grow in number it ends. Who else is to run alone waits in a line, and is next without anything in between.
 */
export class Solo {
  private readonly present = new Slots<SoloAttempt>();
  /** Handlers that go on although their attempts are over. */
  private readonly deaf = new Set<Promise<unknown>>();
  private holder: SoloAttempt | undefined;
  private readonly closed = new Set<string>();
  private areAllClosed = false;
  private changed: (() => void) | undefined;
  private line: Waiting[] = [];
  private readonly restUntilMs = new Map<string, number>();

  /** Whether an attempt runs alone, or waits until it can. */
  get held(): boolean {
    return this.holder !== undefined;
  }

  /** Whether no job of that queue is to be taken. */
  isClosed(queue: string): boolean {
    if (this.holder !== undefined && (this.areAllClosed || this.closed.has(queue))) return true;
    return this.line.some(({ attempt }) => attempt.queue === queue) || this.rests(queue);
  }

  /** Whether what was put back into that queue is for another worker now. */
  rests(queue: string): boolean {
    return this.restUntilMs.size > 0 && performance.now() < (this.restUntilMs.get(queue) ?? -Infinity);
  }

  /** The attempt and those in the line go back to their queues, which take no job for a while. */
  putBack(attempt: SoloAttempt, restMs: number): void {
    const line = this.line.splice(0);
    for (const { queue } of [attempt, ...line.map((each) => each.attempt)])
      this.restUntilMs.set(queue, performance.now() + restMs);
    for (const { tell } of line) tell(false);
    this.leave(attempt);
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
   * While another one holds it, it waits in the line until that has left or was put back, as long at most: then it goes back to its
   * queue, which takes no job for a while.
   */
  async hold(attempt: SoloAttempt, signal: AbortSignal, times: SoloTimes): Promise<Held> {
    const { withinMs, allWithinMs } = times;
    if (this.holder !== undefined && this.holder !== attempt && !(await this.isNext(attempt, signal, times)))
      return 'stopped';
    this.closed.add(attempt.queue);
    this.holder = attempt;
    const lateMs = performance.now() + withinMs;
    // They may be closed already, for the one before in the line.
    let allUntilMs = performance.now() + allWithinMs;
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

  /** Has not begun, so that it is not beside what runs alone. */
  private async isNext(attempt: SoloAttempt, signal: AbortSignal, times: SoloTimes): Promise<boolean> {
    const { promise, resolve: tell } = Promise.withResolvers<boolean>();
    this.present.delete(attempt);
    this.line.push({ attempt, tell });
    this.changed?.();
    const onAbort = (): void => {
      this.line = this.line.filter((each) => each.attempt !== attempt);
      tell(false);
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort);
    try {
      if (await within(promise, times.withinMs)) return await promise;
      if (this.holder === attempt) return true;
      onAbort();
      this.restUntilMs.set(attempt.queue, performance.now() + times.putBackRestMs);
      return false;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  private free(): void {
    const next = this.line.shift();
    this.holder = next?.attempt;
    if (next !== undefined) {
      this.present.add(next.attempt);
      this.closed.add(next.attempt.queue);
      next.tell(true);
      return;
    }
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
