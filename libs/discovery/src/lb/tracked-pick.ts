import type { Instance } from '../instance.ts';
import type { Outcome } from '../outcome.ts';
import type { Member } from './member.ts';
import type { ObserveOptions, Pick } from './pick.ts';
import type { RequestCounts } from './success-rate.ts';

/** PickRecord is what outlier detection needs of a pick when its outcome comes. */
export interface PickRecord {
  readonly member: Member;
  readonly beganAtMs: number;
  readonly isProbe: boolean;
  /** The member's at the time of the pick. */
  readonly generation: number;
  /** Where it was counted as a request. */
  countedIn?: RequestCounts;
}

export interface OutcomeRecorder {
  recordOutcome(pick: PickRecord, outcome: Outcome, options?: ObserveOptions): void;
  /** Of a pick that was answered: its answer came whole, or it broke off. */
  recordEnd(pick: PickRecord, isBroken: boolean): void;
}

/** TrackedPick records the first outcome of a pick, and counts it in flight until its release. */
export class TrackedPick implements Pick {
  readonly instance: Instance;
  readonly isProbe: boolean;
  private readonly record: PickRecord;
  private readonly recorder: OutcomeRecorder;
  private outcome: Outcome | undefined;
  private isReleased = false;

  constructor(record: PickRecord, recorder: OutcomeRecorder) {
    this.instance = record.member.instance;
    this.isProbe = record.isProbe;
    this.record = record;
    this.recorder = recorder;
  }

  observe(outcome: Outcome, options?: ObserveOptions): void {
    if (this.isReleased || this.outcome !== undefined) return;
    this.outcome = outcome;
    this.recorder.recordOutcome(this.record, outcome, options);
  }

  release(outcome: Outcome = 'unknown'): void {
    if (this.isReleased) return;
    this.observe(outcome);
    this.isReleased = true;
    this.record.member.inFlight -= 1;
    if (this.outcome === 'ok' || this.outcome === 'unsuccessful')
      this.recorder.recordEnd(this.record, outcome === 'broken');
  }
}
