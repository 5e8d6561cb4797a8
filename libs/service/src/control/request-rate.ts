/**
 * RequestRate is the mean of requests per second over a sliding window, from a total that only grows. Pure: the caller has
 * the clock.
 */
export class RequestRate {
  private readonly marks: { readonly atMs: number; readonly total: number }[] = [];
  private readonly windowMs: number;

  constructor(windowMs: number) {
    this.windowMs = windowMs;
  }

  /** Call it now and then, several times per window. */
  mark(nowMs: number, total: number): void {
    this.marks.push({ atMs: nowMs, total });
    // The youngest mark that is older than the window is where the window begins.
    while ((this.marks[1]?.atMs ?? Infinity) <= nowMs - this.windowMs) this.marks.shift();
  }

  perSecond(nowMs: number, total: number): number {
    const start = this.marks[0];
    if (start === undefined || nowMs <= start.atMs) return 0;
    return ((total - start.total) / (nowMs - start.atMs)) * 1_000;
  }
}
