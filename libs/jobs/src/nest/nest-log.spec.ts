import { expect, it } from '@jest/globals';
import { nestLog } from './nest-log.ts';

it('nestLog writes a line of message and fields at the level that is meant', () => {
  const lines: string[] = [];
  const to = (level: string) => (line: string) => void lines.push(`${level}: ${line}`);
  const log = nestLog({ debug: to('debug'), log: to('log'), warn: to('warn'), error: to('error') });
  log.debug({}, 'asked');
  log.info({ job_id: 'mail.1', attempt: 2 }, 'job completed');
  log.warn({ err: new Error('no room') }, 'job failed');
  log.error({ queue: undefined }, 'odd');
  expect(lines).toEqual([
    'debug: asked',
    'log: job completed job_id=mail.1 attempt=2',
    'warn: job failed err=no room',
    'error: odd queue=undefined',
  ]);
});
