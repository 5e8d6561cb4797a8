import { redisFault } from '@nestfleet/redis';
import { pause } from '@nestfleet/timing';
import type { JobLog } from '../log.ts';

/** What a consumer asks Redis for, each refused or taken on its own: a full Redis takes results and gives no jobs. */
export type Errand = 'fetch' | 'wait' | 'settle' | 'renew' | 'connect';

/** From the base to half as much again: those who were refused at one instant do not come back at one instant. */
const BACK_OFF_MS = 1_000;
const JITTER = 0.5;
/** What is refused is asked for again, and refused again, within that. */
const PRESENT_MS = 5_000;

/** The first word of a reply names its kind, and carries no key and no value. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  return isRefusedConnect(error) ? (redisFault(error)?.name ?? 'unknown') : (error.message.split(' ', 1)[0] ?? '');
}

/** Whether Redis refused what a connection begins with: each attempt to connect says so again. */
export const isRefusedConnect = (error: unknown): boolean => error instanceof Error && error.name === 'HandshakeError';

/**
 * Whether the table of faults says that the same is taken later. An answer is the same however often it is asked for, and so is
 * whatever does not come from Redis.
 */
function isTakenLater(error: unknown): boolean {
  const fault = redisFault(error);
  return fault !== undefined && fault.code !== 'answer' && fault.name !== 'unknown';
}

export const isReply = (error: unknown): boolean => error instanceof Error && error.name === 'ReplyError';

/** RefusalLines are the lines of all consumers of a process together: one fault of Redis refuses them all. */
export class RefusalLines {
  private readonly refused = new Set<Refusals>();

  /** Calls `tell` for the first one that is refused. */
  begun(who: Refusals, tell: () => void): void {
    if (this.refused.size === 0) tell();
    this.refused.add(who);
  }

  /** Calls `tell` once none is refused any more. */
  over(who: Refusals, tell: () => void): void {
    if (this.refused.delete(who) && this.refused.size === 0) tell();
  }
}

/**
 * Refusals are what Redis answers a consumer that asks for something it does not do now (READONLY, OOM …). Every error
 * reply counts as one: none of them says that a job is bad. One line is logged when they begin and one when they are over.
 */
export class Refusals {
  private readonly refused = new Set<Errand>();
  private refusedAtMs = -Infinity;
  private tookAtMs = -Infinity;
  private readonly ending = new AbortController();

  private readonly log: JobLog;
  private readonly lines: RefusalLines;
  private readonly random: () => number;
  private readonly nowMs: () => number;

  constructor(
    log: JobLog,
    random: () => number = Math.random,
    nowMs: () => number = () => performance.now(),
    lines: RefusalLines = new RefusalLines(),
  ) {
    this.log = log;
    this.lines = lines;
    this.random = random;
    this.nowMs = nowMs;
  }

  /** Whether something is refused at present. A Redis that has fallen silent since refuses nothing. */
  get present(): boolean {
    return this.refused.size > 0 && this.nowMs() - this.refusedAtMs < PRESENT_MS;
  }

  /** How long to wait before asking again. */
  backOffMs(): number {
    return BACK_OFF_MS * (1 + JITTER * this.random());
  }

  took(errand: Errand): void {
    if (!this.refused.delete(errand) || this.refused.size > 0) return;
    this.tookAtMs = this.nowMs();
    this.lines.over(this, () => this.log.info({}, 'Redis takes what it had refused'));
  }

  /** @param begunMs when it was asked for, by `performance.now()`: an answer may come when Redis takes everything again */
  refusedBy(errand: Errand, error: unknown, begunMs: number): void {
    if (begunMs < this.tookAtMs || this.ending.signal.aborted) return;
    this.refusedAtMs = this.nowMs();
    if (this.refused.size === 0)
      this.lines.begun(this, () =>
        this.log.warn(
          { errand, refusal: kindOf(error) },
          'Redis refuses: results are held until it takes them, and no new jobs are taken',
        ),
      );
    this.refused.add(errand);
  }

  /**
   * Does the work again and again until Redis takes it, which has to bear being done twice. Rejects with what is no refusal, and with
   * the last error once the consumer is closed.
   */
  async untilTaken<T>(errand: Errand, work: () => Promise<T>): Promise<T> {
    for (;;) {
      const begunMs = this.nowMs();
      try {
        const answer = await work();
        this.took(errand);
        return answer;
      } catch (error) {
        if (this.ending.signal.aborted || !isTakenLater(error)) throw error;
        this.refusedBy(errand, error, begunMs);
        await this.pause();
      }
    }
  }

  /** One back-off, or less when the consumer closes. */
  pause(): Promise<void> {
    return pause(this.backOffMs(), this.ending.signal);
  }

  /** Nothing is tried again from now on. */
  close(): void {
    this.ending.abort();
    this.lines.over(this, () => undefined);
  }
}
