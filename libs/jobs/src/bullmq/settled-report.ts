import { errorOf } from '@nestfleet/contracts';
import type { AttemptOutcome, ConsumeOptions } from '../consumer.ts';
import type { JobLog } from '../log.ts';
import type { AttemptEnd } from './attempt.ts';
import { tell } from './tell.ts';

const words: Readonly<Record<AttemptOutcome, string>> = {
  completed: 'job completed',
  retried: 'job attempt failed',
  failed: 'job attempt failed',
  released: 'job given back',
  dead_letter: 'job is a dead letter: workers died with it alone',
  cancelled: 'job cancelled',
  lost: 'job was lost to another worker; what was made of it here does not count',
};

/** Nothing went wrong. */
const QUIET: ReadonlySet<AttemptOutcome> = new Set(['completed', 'released', 'cancelled']);

/** settledReport is the one place that every attempt's end passes: its log line, and the hook for metrics. */
export function settledReport(parts: {
  readonly name: string;
  readonly log: JobLog;
  readonly onSettled: ConsumeOptions['onSettled'];
}): (end: AttemptEnd, durationMs: number) => void {
  return ({ outcome, error, log }, durationMs) => {
    const fields = { duration_ms: Math.round(durationMs), outcome };
    if (QUIET.has(outcome)) log.info(fields, words[outcome]);
    else log.warn({ ...fields, err: errorOf(error) }, words[outcome]);
    tell(parts.log, 'onSettled', () => parts.onSettled?.({ name: parts.name, outcome, durationMs }));
  };
}
