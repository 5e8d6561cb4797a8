import { StackFault } from '../core/faults.ts';
import { describeEnd, type Lifecycle } from '../core/lifecycle.ts';
import { tailOf } from '../logs/log-file.ts';

const LINES = 20;

/** neverReady is the error of a process that did not get ready, with the end of its log of the last run. */
export function neverReady(name: string, lifecycle: Lifecycle, logFile: string, sinceOffset: number): StackFault {
  const times = lifecycle.failures > 1 ? ` (${lifecycle.failures} times in a row)` : '';
  const why = lifecycle.lastEnd === null ? 'is not ready' : `${describeEnd(lifecycle.lastEnd)}${times}`;
  const lines = tailOf(logFile, LINES, sinceOffset);
  const said =
    lines.length === 0
      ? 'It printed nothing.'
      : `The end of ${logFile}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  return new StackFault('never_ready', `${name} did not get ready: ${why}. ${said}`);
}
