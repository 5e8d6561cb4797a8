import { StateError } from './errors.ts';

/** Gives something back to the store, if it is still ours; harmless when done twice. False: it was not ours, or not yet. */
export type Release = () => Promise<boolean>;
/** Calls `work` after `ms`, unless what it answers is called before. */
export type Later = (work: () => void, ms: number) => () => void;

/** What is owed beyond so many is tried once, and else ends by its own lifetime in the store. */
export const OWED_MAX = 1_000;
const AGAIN_MIN_MS = 100;
const AGAIN_MAX_MS = 1_000;
/** A taking that was sent before may still be done after the first `false`: a script that is sent again by its text is. */
const REFUSALS_MAX = 2;

/** How long to wait after so many rounds in a row in which the store answered nothing. */
export const againInMs = (roundsInVain: number): number => Math.min(AGAIN_MAX_MS, AGAIN_MIN_MS * 2 ** roundsInVain);

const unrefTimer: Later = (work, ms) => {
  const timer = setTimeout(work, ms).unref();
  return () => clearTimeout(timer);
};

/**
 * What may be ours in the store without anybody here wanting it, because an answer was lost: given back at once, and again
 * until the store answers. Its lifetime is no reason to stop earlier: a store that hangs counts it from when it goes on.
 * All are tried in one round, the next of which comes soon when any was answered: after a hang one command at a time may
 * probe, and its answer lets the others through.
 */
export class OwedReleases {
  readonly #later: Later;
  readonly #refusals = new Map<Release, number>();
  #roundsInVain = 0;
  /** There while a round is waited for or under way. */
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(later: Later = unrefTimer) {
    this.#later = later;
  }

  owe(release: Release): void {
    if (this.#refusals.size < OWED_MAX) this.#refusals.set(release, 0);
    void this.#try(release).then(() => this.#goOn());
  }

  /** Tries nothing again. */
  close(): void {
    this.#closed = true;
    this.#cancel?.();
    this.#refusals.clear();
  }

  #goOn(): void {
    if (this.#closed || this.#cancel !== undefined || this.#refusals.size === 0) return;
    this.#cancel = this.#later(() => void this.#round(), againInMs(this.#roundsInVain));
  }

  async #round(): Promise<void> {
    const answered = await Promise.all([...this.#refusals.keys()].map((release) => this.#try(release)));
    this.#roundsInVain = answered.includes(true) ? 0 : this.#roundsInVain + 1;
    this.#cancel = undefined;
    this.#goOn();
  }

  /** @returns whether the store answered */
  async #try(release: Release): Promise<boolean> {
    try {
      const refusals = (await release()) ? REFUSALS_MAX : (this.#refusals.get(release) ?? 0) + 1;
      if (refusals >= REFUSALS_MAX) this.#refusals.delete(release);
      else if (this.#refusals.has(release)) this.#refusals.set(release, refusals);
      return true;
    } catch (error) {
      const away = isAway(error);
      if (!away) this.#refusals.delete(release);
      return !away;
    }
  }
}

/** The store did not get it, or nobody knows whether it did. */
export const isAway = (error: unknown): boolean =>
  error instanceof StateError && (error.code === 'state_unavailable' || error.code === 'state_outcome_unknown');
