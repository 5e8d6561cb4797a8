import type { EventEmitter } from 'node:events';

type Handler<A extends unknown[]> = (...args: A) => void;

const asError = (fault: unknown): Error => (fault instanceof Error ? fault : new Error(String(fault)));

/**
 * Boundary runs all event handlers of one exchange. What an event handler throws would end the process, and with it the
 * requests of everybody; here it ends the exchange whose handler it is, once.
 */
export class Boundary {
  private failed = false;

  /**
   * @param end ends the exchange: frees what it holds, and answers where that is still possible
   * @param cut ends it when ending failed as well; must not throw
   */
  constructor(
    private readonly end: (fault: Error) => void,
    private readonly cut: () => void,
  ) {}

  fail(fault: unknown): void {
    if (this.failed) return;
    this.failed = true;
    try {
      this.end(asError(fault));
    } catch {
      this.cut();
    }
  }

  run(work: () => void): void {
    try {
      work();
    } catch (fault) {
      this.fail(fault);
    }
  }

  guard<A extends unknown[]>(handler: Handler<A>): Handler<A> {
    return (...args) => {
      try {
        handler(...args);
      } catch (fault) {
        this.fail(fault);
      }
    };
  }

  /** @returns takes the listener off again */
  on<A extends unknown[]>(emitter: EventEmitter, event: string, handler: Handler<A>): () => void {
    const listener = this.guard(handler);
    emitter.on(event, listener);
    return () => void emitter.off(event, listener);
  }

  /** @returns takes the listener off again */
  onAbort(signal: AbortSignal, handler: () => void): () => void {
    const listener = this.guard(handler);
    signal.addEventListener('abort', listener);
    return () => signal.removeEventListener('abort', listener);
  }

  after(ms: number, handler: () => void): NodeJS.Timeout {
    return setTimeout(this.guard(handler), ms);
  }
}
