import type { Candidate } from './balancers/balancer.ts';
import type { Instance } from '../instance.ts';
import { freshRun, type Ejection, type Run } from './ejection.ts';
import { PeakEwma } from './peak-ewma.ts';
import type { MemberState } from './pick.ts';

/** All that this process knows about one instance. It is kept by id through whatever the catalog says. */
export class Member implements Candidate {
  instance: Instance;
  inFlight = 0;
  latency: PeakEwma;
  run: Run = freshRun();
  /** Which word of all that were said of the service was its last `ok`; 0: none yet. */
  lastOkAt = 0;
  ejection: Ejection | undefined;
  /** Ejections in a row. */
  ejections = 0;
  /** Grows with each ejection: what a use that began before it shows is old news. */
  generation = 0;
  /** When the catalog ceased to list it. */
  goneAtMs: number | undefined;

  constructor(instance: Instance, startMs: number, nowMs: number) {
    this.instance = instance;
    this.latency = new PeakEwma(startMs, nowMs);
  }

  latencyMs(nowMs: number): number {
    return this.latency.latencyMs(nowMs);
  }

  get isFailing(): boolean {
    return this.run.timeouts + this.run.errors + this.run.broken > 0;
  }

  stateAt(nowMs: number): MemberState {
    return {
      instance: this.instance,
      inFlight: this.inFlight,
      ewmaMs: this.latency.read(nowMs),
      ejectedForMs: Math.max(0, (this.ejection?.untilMs ?? 0) - nowMs),
      why: this.ejection?.why,
    };
  }
}

/** What an instance begins with: the median of those that nothing is held against, 0 where there are none. */
export function typicalLatencyMs(members: readonly Member[], nowMs: number): number {
  const sorted = members
    .filter((member) => member.ejection === undefined)
    .map((member) => member.latency.read(nowMs))
    .toSorted((a, b) => a - b);
  return sorted[(sorted.length - 1) >> 1] ?? 0;
}
