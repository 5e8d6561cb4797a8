/**
 * Solo lets one attempt run with nothing beside it in this process, over all of its queues. While somebody holds it no consumer
 * takes a job; those that run end first.
 */
export class Solo {
  private readonly present = new Set<object>();
  private holder: object | undefined;
  private alone: (() => void) | undefined;

  /** Whether jobs are not to be taken. */
  get held(): boolean {
    return this.holder !== undefined;
  }

  enter(attempt: object): void {
    this.present.add(attempt);
  }

  leave(attempt: object): void {
    this.present.delete(attempt);
    if (this.holder === attempt) this.holder = undefined;
    else if (this.isAlone()) this.alone?.();
  }

  /** Answers when nothing else is left, or when the signal aborts. Only while nobody holds it; `leave` ends it. */
  async hold(attempt: object, signal: AbortSignal): Promise<void> {
    if (this.holder !== undefined) throw new Error('another attempt runs alone');
    this.holder = attempt;
    if (this.isAlone() || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.alone = resolve;
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    this.alone = undefined;
  }

  private isAlone(): boolean {
    return this.holder !== undefined && this.present.size === 1 && this.present.has(this.holder);
  }
}
