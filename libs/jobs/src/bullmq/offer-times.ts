/** Half of each is jitter. */
const SOON_MS = 1_000;
const LATE_MS = 30_000;
/** Between two jobs: what one worker leaves comes back 100 times a second at most, until there are too many for the latest time. */
const SPACING_MS = 10;

/**
 * OfferTimes says when a job that was left is offered to workers again: soon, for one that can run it is about to come, and one
 * after the other, so that many of them keep nobody busy.
 */
export class OfferTimes {
  private lastMs = 0;
  private readonly random: () => number;

  constructor(random: () => number = Math.random) {
    this.random = random;
  }

  next(nowMs: number): number {
    const jittered = (ms: number): number => nowMs + Math.ceil(ms * (0.5 + this.random() / 2));
    this.lastMs = Math.min(jittered(LATE_MS), Math.max(jittered(SOON_MS), this.lastMs + SPACING_MS));
    return this.lastMs;
  }
}
