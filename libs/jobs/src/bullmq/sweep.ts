import { errorOf } from '@nestfleet/contracts';
import { pause } from '@nestfleet/timing';
import type { Bounds } from '../bounds.ts';
import type { JobLog } from '../log.ts';
import type { WorkerScripts } from './worker-scripts.ts';

/** How often it looks whether memory is low. */
const LOOK_EVERY_MS = 1_000;
const EVERY_LEAST_MS = 1_000;
const EVERY_MOST_MS = 60_000;

/** `sweepEveryMs` is a tenth of the shorter retention, within bounds. */
export const sweepEveryMs = ({ keepCompletedMs, keepFailedMs }: Bounds): number =>
  Math.min(EVERY_MOST_MS, Math.max(EVERY_LEAST_MS, Math.min(keepCompletedMs, keepFailedMs) / 10));

/**
 * Sweep removes ended jobs past their retention, also where no other job ends: BullMQ's own looks at them only then. Each
 * consumer does it; two at once share the work. While the memory of Redis is low completed jobs go before their time, or what has
 * run would keep what waits from being enqueued. Bounds the stream of events too.
 */
export class Sweep {
  private readonly ending = new AbortController();
  private readonly scripts: Pick<WorkerScripts, 'sweep' | 'boundEvents'>;
  private readonly everyMs: number;
  private readonly keepAtMostMs: () => number;
  private readonly log: JobLog;

  constructor(parts: {
    readonly scripts: Pick<WorkerScripts, 'sweep' | 'boundEvents'>;
    readonly everyMs: number;
    /** How long completed jobs may be kept with the memory that is left; Infinity where there is enough. */
    readonly keepAtMostMs: () => number;
    readonly log: JobLog;
  }) {
    this.scripts = parts.scripts;
    this.everyMs = parts.everyMs;
    this.keepAtMostMs = parts.keepAtMostMs;
    this.log = parts.log;
  }

  /** Runs until `stop`. Never rejects. */
  async run(): Promise<void> {
    const { signal } = this.ending;
    let leftMs = 0;
    while (!signal.aborted) {
      const atMostMs = this.keepAtMostMs();
      if (atMostMs < Infinity || leftMs <= 0) await this.sweep(signal, atMostMs);
      // Half of it jitter: workers that started together look at different times.
      if (leftMs <= 0) leftMs = this.everyMs * (0.5 + Math.random() / 2);
      const restMs = Math.min(leftMs, LOOK_EVERY_MS);
      await pause(restMs, signal);
      leftMs -= restMs;
    }
  }

  stop(): void {
    this.ending.abort();
  }

  private async sweep(signal: AbortSignal, atMostMs: number): Promise<void> {
    try {
      await this.scripts.boundEvents();
      for (const state of ['completed', 'failed'] as const) {
        let handled = 1;
        while (handled > 0 && !signal.aborted)
          handled = await this.scripts.sweep(state, state === 'completed' ? atMostMs : Infinity);
      }
    } catch (error) {
      // Refused or closed: what is past its retention is not shown, and is removed the next time.
      this.log.debug({ err: errorOf(error) }, 'ended jobs could not be removed');
    }
  }
}
