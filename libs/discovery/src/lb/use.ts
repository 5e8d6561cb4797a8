import type { Instance } from '../instance.ts';
import type { Member } from './member.ts';
import type { Outcome } from '../outcome.ts';
import type { Pick } from './pick.ts';

/** Which use something was seen on. */
export interface Report {
  readonly member: Member;
  readonly beganAtMs: number;
  readonly isTrial: boolean;
  /** The member's, when the use began. */
  readonly generation: number;
}

export interface Judge {
  seen(report: Report, outcome: Outcome): void;
  ended(report: Report, broken: boolean): void;
}

/** One use of one instance: passes its first word on, and counts it in flight until its end. */
export class Use implements Pick {
  readonly instance: Instance;
  readonly isTrial: boolean;
  private readonly report: Report;
  private readonly judge: Judge;
  private shown: Outcome | undefined;
  private isOver = false;

  constructor(report: Report, judge: Judge) {
    this.instance = report.member.instance;
    this.isTrial = report.isTrial;
    this.report = report;
    this.judge = judge;
  }

  observe(outcome: Outcome): void {
    if (this.isOver || this.shown !== undefined) return;
    this.shown = outcome;
    this.judge.seen(this.report, outcome);
  }

  release(outcome: Outcome = 'unknown'): void {
    if (this.isOver) return;
    this.observe(outcome);
    this.isOver = true;
    this.report.member.inFlight -= 1;
    if (this.shown === 'ok') this.judge.ended(this.report, outcome === 'broken');
  }
}
