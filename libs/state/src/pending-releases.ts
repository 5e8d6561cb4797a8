import { backOffMs } from '@nestfleet/timing';
import { StateError, type StateErrorCode } from './errors.ts';

/** Release frees something in the store that is still ours; idempotent. False: it was not ours, or not yet. */
export type Release = () => Promise<boolean>;
/** Schedule calls `work` after `ms`, unless what it answers is called before. */
export type Schedule = (work: () => void, ms: number) => () => void;

/** Releases beyond so many are tried once, and else expire in the store. */
export const PENDING_MAX = 1_000;
const RETRY = { baseMs: 100, capMs: 1_000, jitter: 0 };
/** A taking that was sent before may still be done after the first `false`: a script that is sent again by its text is. */
const REFUSALS_MAX = 2;

/** `retryDelayMs` is the exponential back-off after so many rounds in a row in which the store answered nothing. */
export const retryDelayMs = (failedRounds: number): number => backOffMs(failedRounds + 1, RETRY);

const unrefTimer: Schedule = (work, ms) => {
  const timer = setTimeout(work, ms).unref();
  return () => clearTimeout(timer);
};

/**
 * PendingReleases retries the release of what may be ours in the store without anybody here wanting it, because an answer was
 * lost: at once, and again until the store confirms. Its lifetime is no reason to stop earlier: a store that hangs counts it
 * from when it goes on.
 * All are tried in one round, the next of which comes soon when any was answered: after a hang one command at a time may
 * probe, and its answer lets the others through.
 */
export class PendingReleases {
  readonly #schedule: Schedule;
  readonly #refusals = new Map<Release, number>();
  #failedRounds = 0;
  /** There while a round is waited for or under way. */
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(schedule: Schedule = unrefTimer) {
    this.#schedule = schedule;
  }

  add(release: Release): void {
    if (this.#refusals.size < PENDING_MAX) this.#refusals.set(release, 0);
    void this.#try(release).then(() => this.#scheduleRound());
  }

  /** Retries nothing from now on. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#refusals.clear();
  }

  #scheduleRound(): void {
    if (this.#closed || this.#cancel !== undefined || this.#refusals.size === 0) return;
    this.#cancel = this.#schedule(() => void this.#round(), retryDelayMs(this.#failedRounds));
  }

  async #round(): Promise<void> {
    const answered = await Promise.all([...this.#refusals.keys()].map((release) => this.#try(release)));
    this.#failedRounds = answered.includes(true) ? 0 : this.#failedRounds + 1;
    this.#cancel = undefined;
    this.#scheduleRound();
  }

  /** @returns whether the store answered */
  async #try(release: Release): Promise<boolean> {
    try {
      const refusals = (await release()) ? REFUSALS_MAX : (this.#refusals.get(release) ?? 0) + 1;
      if (refusals >= REFUSALS_MAX) this.#refusals.delete(release);
      else if (this.#refusals.has(release)) this.#refusals.set(release, refusals);
      return true;
    } catch (error) {
      const unavailable = isUnavailable(error);
      if (!unavailable) this.#refusals.delete(release);
      return !unavailable;
    }
  }
}

/** Whether the store did not get it, or nobody knows whether it did. */
export const isUnavailable = (error: unknown): boolean => error instanceof StateError && UNAVAILABLE.has(error.code);
const UNAVAILABLE = new Set<StateErrorCode>(['state_unavailable', 'state_writes_refused', 'state_outcome_unknown']);
