import { type ControlDescription, type ControlReport, controlReport } from '@nestfleet/contracts';

/** A new round begins this long after the last one began, or later: when somebody asks. */
const ROUND_EVERY_MS = 2_000;
/** Older reports say nothing about now. */
const SHOWN_FOR_MS = 10_000;
/** Instances that are asked at once. */
const AT_ONCE = 16;

export interface Reporter {
  readonly id: string;
  /** Asks the instance how it is. Rejects when it does not answer in time. */
  report(): Promise<ControlDescription>;
}

/** Run is what stays the same as long as an instance runs. */
export interface Run {
  readonly version: string;
  readonly startedAtMs: number;
}

export type DatedReport = ControlReport & { readonly as_of_ms: number };

/**
 * Reports caches what the instances report of themselves, polled beside the requests that want to know: a request never
 * waits for an instance, and the instances are polled only as long as somebody asks.
 */
export class Reports {
  private known = new Map<string, DatedReport>();
  private runs = new Map<string, Run>();
  private beganMs = -Infinity;
  private isRunning = false;
  private readonly nowMs: () => number;

  constructor(nowMs: () => number) {
    this.nowMs = nowMs;
  }

  /** The last report of an instance, unless that was long ago or it has failed to answer since. */
  of(id: string): DatedReport | null {
    const report = this.known.get(id);
    return report !== undefined && this.isWithin(SHOWN_FOR_MS, report.as_of_ms) ? report : null;
  }

  /** What an instance has said of its run, whenever that was: a catalog such as that of Kubernetes does not know it. */
  runOf(id: string): Run | undefined {
    return this.runs.get(id);
  }

  /** Somebody wants to know. Begins a round when one is due. */
  want(reporters: readonly Reporter[]): void {
    if (this.isRunning || this.isWithin(ROUND_EVERY_MS, this.beganMs)) return;
    this.isRunning = true;
    this.beganMs = this.nowMs();
    void this.round(reporters).finally(() => (this.isRunning = false));
  }

  /** False also for a time to come: the clock was set back, and must not stop all questions until it is there again. */
  private isWithin(limitMs: number, sinceMs: number): boolean {
    const agoMs = this.nowMs() - sinceMs;
    return agoMs >= 0 && agoMs < limitMs;
  }

  private async round(reporters: readonly Reporter[]): Promise<void> {
    const listed = new Set(reporters.map(({ id }) => id));
    for (const known of [this.known, this.runs]) for (const id of known.keys()) if (!listed.has(id)) known.delete(id);
    const rest = reporters.values();
    const askOn = async (): Promise<void> => {
      for (const reporter of rest) {
        try {
          const description = await reporter.report();
          this.known.set(reporter.id, { ...controlReport.parse(description), as_of_ms: this.nowMs() });
          this.runs.set(reporter.id, { version: description.version, startedAtMs: description.started_at_ms });
        } catch {
          this.known.delete(reporter.id);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, askOn));
  }
}
