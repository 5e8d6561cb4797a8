import { RedisUnavailableError } from './errors.ts';
import type { RedisLog } from './log.ts';

/** More kinds of refusal than this in one outage are not told apart any more. */
const REFUSALS_MAX = 8;

/** LinkLog logs each change of a link once: an outage of an hour is two lines, not thousands. */
export class LinkLog {
  readonly #log: RedisLog;
  readonly #ready = Promise.withResolvers<void>();
  #state: 'up' | 'down' | 'closing' | undefined;
  #fault: string | undefined;
  readonly #refusals = new Set<string>();

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
    this.#state = 'up';
    this.#log.info({ event: 'redis.up' }, 'connected to Redis');
    this.#ready.resolve();
  }

  /** Something failed; logged now where it is the first thing that happens, else with the next `down`. */
  fault(words: string): void {
    this.note(words);
    if (this.#state === undefined) this.#logDown();
  }

  /** Redis answers and does not let us in; logged once in an outage, also when that began with other words. */
  refused(words: string): void {
    if (this.isUp) return this.note(words);
    if (this.isClosing || this.#refusals.has(words) || this.#refusals.size === REFUSALS_MAX) return;
    this.#refusals.add(words);
    this.#fault = words;
    this.#logDown();
  }

  /** For the next line. */
  note(words: string): void {
    this.#fault ??= words;
  }

  down(words?: string): void {
    if (words !== undefined) this.note(words);
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
