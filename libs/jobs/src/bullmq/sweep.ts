import { errorOf } from '@nestfleet/contracts';
import { pause } from '@nestfleet/timing';
import type { Bounds } from '../bounds.ts';
import type { JobLog } from '../log.ts';
import type { WorkerScripts } from './worker-scripts.ts';

const EVERY_LEAST_MS = 1_000;
const EVERY_MOST_MS = 60_000;

/** `sweepEveryMs` is a tenth of the shorter retention, within bounds. */
export const sweepEveryMs = ({ keepCompletedMs, keepFailedMs }: Bounds): number =>
  Math.min(EVERY_MOST_MS, Math.max(EVERY_LEAST_MS, Math.min(keepCompletedMs, keepFailedMs) / 10));

/**
 * Sweep removes ended jobs past their retention, also where no other job ends: BullMQ's own looks at them only then. Each
 * consumer does it; two at once share the work. Bounds the stream of events too.
 */
export class Sweep {
  private readonly ending = new AbortController();
  private readonly scripts: Pick<WorkerScripts, 'sweep' | 'boundEvents'>;
  private readonly everyMs: number;
  private readonly log: JobLog;

  constructor(parts: {
    readonly scripts: Pick<WorkerScripts, 'sweep' | 'boundEvents'>;
    readonly everyMs: number;
    readonly log: JobLog;
  }) {
    this.scripts = parts.scripts;
    this.everyMs = parts.everyMs;
    this.log = parts.log;
  }

  /** Runs until `stop`. Never rejects. */
  async run(): Promise<void> {
    const { signal } = this.ending;
    while (!signal.aborted) {
      await this.sweep(signal);
      // Half of it jitter: workers that started together look at different times.
      await pause(this.everyMs * (0.5 + Math.random() / 2), signal);
    }
  }

  stop(): void {
    this.ending.abort();
  }

  private async sweep(signal: AbortSignal): Promise<void> {
    try {
      await this.scripts.boundEvents();
      for (const state of ['completed', 'failed'] as const) {
        let handled = 1;
        while (handled > 0 && !signal.aborted) handled = await this.scripts.sweep(state);
      }
    } catch (error) {
      // Refused or closed: what is past its retention is not shown, and is removed the next time.
      this.log.debug({ err: errorOf(error) }, 'ended jobs could not be removed');
    }
  }
}
