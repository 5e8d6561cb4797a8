import type { Logger } from '../logging.ts';
import type { RefusalReason } from './admission-queue.ts';

/** One line of the log for all that was shed in so long, milliseconds. */
const LOG_EVERY_MS = 1_000;

/** ShedLog writes one warning for all that was shed within a second. */
export class ShedLog {
  private readonly log: Pick<Logger, 'warn'>;
  private counts: Partial<Record<RefusalReason, number>> = {};
  private timer: NodeJS.Timeout | undefined;

  constructor(log: Pick<Logger, 'warn'>) {
    this.log = log;
  }

  add(reason: RefusalReason): void {
    this.counts[reason] = (this.counts[reason] ?? 0) + 1;
    this.timer ??= setTimeout(this.flush, LOG_EVERY_MS).unref();
  }

  close(): void {
    clearTimeout(this.timer);
    if (this.timer) this.flush();
  }

  private readonly flush = (): void => {
    this.timer = undefined;
    const { counts } = this;
    this.counts = {};
    this.log.warn({ event: 'overload.shed', ...counts }, 'requests were not run: this instance is full');
  };
}
