export interface BreakerOptions {
  /** Time-outs in a row that open it. */
  readonly timeoutsToOpen: number;
  /** How long it stays open before one may probe. */
  readonly openForMs: number;
  readonly nowMs: () => number;
}

/** How a command got through; it goes back into `timedOut` or `left`. */
export type Entry = 'pass' | 'probe';

/**
 * Stops sending to a Redis that does not answer: after some time-outs in a row everybody fails at once for a while, then
 * one command probes, and any answer closes it again. Without it each request of a hung Redis would wait the whole
 * deadline and pile up commands that Redis runs later. Knows no clock and no Redis.
 */
export class Breaker {
  readonly #options: BreakerOptions;
  #timeoutsInARow = 0;
  #openUntilMs: number | undefined;
  #probing = false;

  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#openUntilMs !== undefined;
  }

  /** Undefined: fail at once. Every entry must end in exactly one of `answered`, `timedOut` and `left`. */
  enter(): Entry | undefined {
    if (this.#openUntilMs === undefined) return 'pass';
    if (this.#probing || this.#options.nowMs() < this.#openUntilMs) return undefined;
    this.#probing = true;
    return 'probe';
  }

  /** Redis said something, be it an error: it is alive. Also right for a fresh connection. */
  answered(): void {
    this.#timeoutsInARow = 0;
    this.#openUntilMs = undefined;
    this.#probing = false;
  }

  timedOut(entry: Entry): void {
    if (entry === 'probe') {
      this.#probing = false;
      this.#open();
      return;
    }
    this.#timeoutsInARow += 1;
    // Commands that were sent before it opened time out afterwards; they must not keep it open longer.
    if (this.#openUntilMs === undefined && this.#timeoutsInARow >= this.#options.timeoutsToOpen) this.#open();
  }

  /** Ended in a way that says nothing about answering, e.g. a lost connection. */
  left(entry: Entry): void {
    if (entry === 'probe') this.#probing = false;
  }

  #open(): void {
    this.#openUntilMs = this.#options.nowMs() + this.#options.openForMs;
  }
}
