import { RedisUnavailableError } from './errors.ts';
import type { RedisLog } from './log.ts';

/** More kinds of refusal than this in one outage are not told apart any more. */
const REFUSALS_MAX = 8;

/** Says each change of a link once: a Redis that is away for an hour is two lines, not thousands. */
export class LinkLog {
  readonly #log: RedisLog;
  readonly #ready = Promise.withResolvers<void>();
  #said: 'up' | 'down' | 'leaving' | undefined;
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
    return this.#said === 'up';
  }

  get isLeaving(): boolean {
    return this.#said === 'leaving';
  }

  up(): void {
    if (this.isLeaving) return;
    this.#fault = undefined;
    this.#refusals.clear();
    this.#said = 'up';
    this.#log.info({ event: 'redis.up' }, 'connected to Redis');
    this.#ready.resolve();
  }

  /** Something failed; said now where it is the first thing that happens, else with the next `down`. */
  fault(words: string): void {
    this.note(words);
    if (this.#said === undefined) this.#sayDown();
  }

  /** Redis answers and does not let us in; said once in an outage, also when that began with other words. */
  refused(words: string): void {
    if (this.isUp) return this.note(words);
    if (this.isLeaving || this.#refusals.has(words) || this.#refusals.size === REFUSALS_MAX) return;
    this.#refusals.add(words);
    this.#fault = words;
    this.#sayDown();
  }

  /** For the next time that something is said. */
  note(words: string): void {
    this.#fault ??= words;
  }

  down(words?: string): void {
    if (words !== undefined) this.note(words);
    if (this.#said === 'up') this.#sayDown();
  }

  leave(): void {
    this.#said = 'leaving';
    this.#ready.reject(new RedisUnavailableError('closed before Redis was reached'));
  }

  #sayDown(): void {
    this.#said = 'down';
    this.#log.warn({ event: 'redis.down', fault: this.#fault }, 'Redis is away, trying to reconnect');
  }
}
