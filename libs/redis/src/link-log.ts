import { RedisUnavailableError } from './errors.ts';
import type { RedisLog } from './log.ts';

/** More kinds of refusal than this in one outage are not distinguished. */
const REFUSALS_MAX = 8;

/** LinkLog logs each change of a link once: an outage of an hour is two lines, not thousands. */
export class LinkLog {
  readonly #log: RedisLog;
  readonly #ready = Promise.withResolvers<void>();
  #state: 'up' | 'down' | 'closing' | undefined;
  #fault: string | undefined;
  readonly #refusals = new Set<string>();
  #expectsClose = false;

  constructor(log: RedisLog) {
    this.#log = log;
    // Nobody has to ask for it.
    this.#ready.promise.catch(() => undefined);
  }

  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  get isUp(): boolean {
    return this.#state === 'up';
  }

  get isClosing(): boolean {
    return this.#state === 'closing';
  }

  up(): void {
    if (this.isClosing) return;
    this.#fault = undefined;
    this.#refusals.clear();
    this.#expectsClose = false;
    if (!this.isUp) this.#log.info({ event: 'redis.up' }, 'connected to Redis');
    this.#state = 'up';
    this.#ready.resolve();
  }

  /** Something failed; logged now where it is the first thing that happens, else with the next `down`. */
  fault(message: string): void {
    this.note(message);
    if (this.#state === undefined) this.#logDown();
  }

  /**
   * Redis answers and does not let us in; logged once in an outage, also when that began with another fault.
   * @param kind those of one kind are one refusal
   */
  refused(message: string, kind = message): void {
    if (this.isUp) return this.note(message);
    if (this.isClosing || this.#refusals.has(kind) || this.#refusals.size === REFUSALS_MAX) return;
    this.#refusals.add(kind);
    this.#fault = message;
    this.#logDown();
  }

  /** For the next line. */
  note(message: string): void {
    this.#fault ??= message;
  }

  /** The next `down` is a connection that is replaced on purpose: no line, unless the next one cannot be made. */
  expectClose(): void {
    this.#expectsClose = true;
  }

  down(message?: string): void {
    if (this.#expectsClose) {
      this.#expectsClose = false;
      return;
    }
    if (message !== undefined) this.note(message);
    if (this.#state === 'up') this.#logDown();
  }

  close(): void {
    this.#state = 'closing';
    this.#ready.reject(new RedisUnavailableError('closed before Redis was reached'));
  }

  #logDown(): void {
    this.#state = 'down';
    this.#log.warn({ event: 'redis.down', fault: this.#fault }, 'Redis is unreachable, reconnecting');
  }
}
