import { StackFault } from '../faults.ts';
import { endInWords, type Life } from '../core/life.ts';
import { tailOf } from '../logs/log-file.ts';

const LINES = 20;

/** Why a process did not get ready, with the end of what it printed in its last run. */
export function neverReady(name: string, life: Life, logFile: string, sinceOffset: number): StackFault {
  const times = life.failures > 1 ? ` (${life.failures} times in a row)` : '';
  const why = life.lastEnd === null ? 'is not ready' : `${endInWords(life.lastEnd)}${times}`;
  const lines = tailOf(logFile, LINES, sinceOffset);
  const said =
    lines.length === 0
      ? 'It printed nothing.'
      : `The end of ${logFile}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
  return new StackFault('never_ready', `${name} did not get ready: ${why}. ${said}`);
}
