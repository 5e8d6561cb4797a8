/** After so long an old value counts for 1/e. */
const DECAY_MS = 10_000;
/** Where no answer came for so long, the rest fades faster: better to measure again than to rely on an old value. */
const IDLE_MS = 1_000;
const IDLE_FACTOR = 5;
/** Differences below this are noise, on any machine. */
const FLOOR_MS = 5;
/** One failure is worth so many times what the instance was worth before. */
const FAILURE_FACTOR = 4;
const MAX_MS = 10_000;

const medianOf = (a: number, b: number, c: number): number => Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));

/**
 * PeakEwma is the latency of one instance: a peak counts at once and in full, and fades with time, also while nothing is sent there,
 * and then faster, so that no past counts for long. A single slow answer between two quick ones is no peak: a pause for
 * garbage or a cold start would cost an instance its share for half a minute.
 */
export class PeakEwma {
  private valueMs: number;
  private atMs: number;
  /** The two answers before the next one. */
  private lastMs: number;
  private lastButOneMs: number;

  /** A new instance begins as the others are: it is neither flooded nor starved. */
  constructor(startMs: number, nowMs: number) {
    this.valueMs = startMs;
    this.atMs = nowMs;
    this.lastMs = startMs;
    this.lastButOneMs = startMs;
  }

  /** The value now, as it is. */
  read(nowMs: number): number {
    return this.valueMs * this.fade(nowMs);
  }

  /** For comparing. */
  latencyMs(nowMs: number): number {
    return Math.max(FLOOR_MS, this.read(nowMs));
  }

  answered(ms: number, nowMs: number): void {
    const beforeMs = this.read(nowMs);
    if (nowMs - this.atMs > IDLE_MS) {
      this.lastMs = beforeMs;
      this.lastButOneMs = beforeMs;
    }
    const seenMs = medianOf(this.lastButOneMs, this.lastMs, ms);
    this.lastButOneMs = this.lastMs;
    this.lastMs = ms;
    this.set(seenMs > beforeMs ? seenMs : beforeMs + (seenMs - beforeMs) * (1 - this.fade(nowMs)), nowMs);
  }

  /** However quick it was, or more so: an instance that fails at once would else look like the best one. */
  failed(ms: number, nowMs: number): void {
    this.set(Math.max(ms, this.latencyMs(nowMs) * FAILURE_FACTOR), nowMs);
  }

  private set(ms: number, nowMs: number): void {
    this.valueMs = Math.min(ms, MAX_MS);
    this.atMs = nowMs;
  }

  private fade(nowMs: number): number {
    const agoMs = nowMs - this.atMs;
    const idleMs = Math.max(0, agoMs - IDLE_MS);
    return Math.exp(-(agoMs + idleMs * (IDLE_FACTOR - 1)) / DECAY_MS);
  }
}
