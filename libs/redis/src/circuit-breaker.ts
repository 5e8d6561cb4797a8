export interface CircuitBreakerOptions {
  /** Time-outs in a row that open it. */
  readonly timeoutsToOpen: number;
  /** How long it stays open before one may probe. */
  readonly openForMs: number;
  /** From how long on without any answer in time a Redis that is heard counts as one that does not answer. */
  readonly lateForMs: number;
  readonly nowMs: () => number;
}

/** Permit of one command; it goes back into `recordTimeout`, `recordLate` or `release`. A probe is the one command of a half-open breaker. */
export type Permit = 'pass' | 'probe';

/**
 * CircuitBreaker stops sending to a Redis that does not answer: after some time-outs in a row everybody fails at once for a
 * while (open), then one command probes (half-open), and any answer closes it again. Without it each request of a hung Redis
 * would wait the whole deadline and pile up commands that Redis runs later. Knows no clock and no Redis.
 */
export class CircuitBreaker {
  readonly #options: CircuitBreakerOptions;
  #timeoutsInARow = 0;
  #lateSinceMs: number | undefined;
  #openUntilMs: number | undefined;
  #probing = false;
  #isAnswering = true;

  constructor(options: CircuitBreakerOptions) {
    this.#options = options;
  }

  get isOpen(): boolean {
    return this.#openUntilMs !== undefined;
  }

  /** False after a missed deadline, until the next answer. */
  get isAnswering(): boolean {
    return this.#isAnswering;
  }

  /** Undefined: fail at once. Every permit must end in exactly one of `recordSuccess`, `recordTimeout`, `recordLate` and `release`. */
  tryAcquire(): Permit | undefined {
    if (this.#openUntilMs === undefined) return 'pass';
    if (this.#probing || this.#options.nowMs() < this.#openUntilMs) return undefined;
    this.#probing = true;
    return 'probe';
  }

  /** Redis said something, be it an error: it is alive. Also right for a fresh connection. */
  recordSuccess(): void {
    this.#timeoutsInARow = 0;
    this.#lateSinceMs = undefined;
    this.#openUntilMs = undefined;
    this.#probing = false;
    this.#isAnswering = true;
  }

  /** A deadline was over, be it as short as it may: by itself it opens nothing. */
  recordMissedDeadline(): void {
    this.#isAnswering = false;
  }

  recordTimeout(permit: Permit): void {
    if (permit === 'probe') {
      this.#probing = false;
      this.#open();
      return;
    }
    this.#timeoutsInARow += 1;
    // Commands that were sent before it opened time out afterwards; they must not keep it open longer.
    if (this.#openUntilMs === undefined && this.#timeoutsInARow >= this.#options.timeoutsToOpen) this.#open();
  }

  /**
   * No answer in time, but Redis was heard: a long answer to somebody else may have stood before it. Where all answers have
   * come too late for a while, waiting for them makes it worse, and it is a time-out.
   */
  recordLate(permit: Permit): void {
    const nowMs = this.#options.nowMs();
    this.#lateSinceMs ??= nowMs;
    if (nowMs - this.#lateSinceMs >= this.#options.lateForMs) this.recordTimeout(permit);
    else this.release(permit);
  }

  /** Ended in a way that says nothing about answering, e.g. a lost connection. */
  release(permit: Permit): void {
    if (permit === 'probe') this.#probing = false;
  }

  #open(): void {
    this.#openUntilMs = this.#options.nowMs() + this.#options.openForMs;
  }
}
