import { within } from '@nestfleet/timing';
import { Slots } from './slots.ts';

/** SoloTimes bound what a suspect may ask of the others in its process. */
export interface SoloTimes {
  /** How long it waits, and no job is taken. */
  readonly withinMs: number;
  /** How long nobody waits after one has waited in vain: jobs are taken then. */
  readonly restMs: number;
}

/**
 * Solo lets one attempt run with nothing beside it in this process, over all of its queues. While somebody holds it no consumer
 * takes a job; those that run end first.
 */
export class Solo {
  private readonly present = new Slots<object>();
  /** Handlers that go on although their attempts are over. */
  private readonly deaf = new Set<Promise<unknown>>();
  private holder: object | undefined;
  private alone: (() => void) | undefined;
  private restsUntilMs = -Infinity;

  /** Whether jobs are not to be taken. */
  get held(): boolean {
    return this.holder !== undefined;
  }

  enter(attempt: object): void {
    this.present.add(attempt);
  }

  /** It is over; what Redis has of it does not matter here. One whose `handler` has not ended keeps others from being alone. */
  leave(attempt: object, handler?: Promise<unknown>): void {
    this.present.delete(attempt);
    if (handler) this.remain(handler);
    if (this.holder === attempt) this.holder = undefined;
    else if (this.deaf.size > 0 || this.isAlone()) this.alone?.();
  }

  /**
   * Answers true when nothing else is left: then the attempt holds it until it leaves. False when that took too long, when a
   * handler goes on that nobody can stop, or when the signal was aborted before. Only while nobody holds it.
   */
  async hold(attempt: object, signal: AbortSignal, { withinMs, restMs }: SoloTimes): Promise<boolean> {
    if (this.holder !== undefined) throw new Error('another attempt runs alone');
    // When it ends is not known, so nobody waits for it.
    if (this.deaf.size > 0) return false;
    this.holder = attempt;
    if (this.isAlone()) return true;
    if (!signal.aborted && performance.now() >= this.restsUntilMs) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.alone = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
      await within(promise, withinMs);
      this.alone = undefined;
      if (this.isAlone()) return true;
      this.restsUntilMs = performance.now() + restMs;
    }
    this.holder = undefined;
    return false;
  }

  private remain(handler: Promise<unknown>): void {
    if (this.deaf.has(handler)) return;
    this.deaf.add(handler);
    void handler.then(() => this.deaf.delete(handler));
  }

  private isAlone(): boolean {
    const isOnly = this.holder !== undefined && this.present.size === 1 && this.present.has(this.holder);
    return isOnly && this.deaf.size === 0;
  }
}
