import { expect, it } from '@jest/globals';
import { besideWork } from './worker-log.ts';

const at = (second: number, more: object) => JSON.stringify({ time: `2026-01-01T00:00:0${second}.000Z`, ...more });

it('lines beside the work of a replica are counted, also those without a time', () => {
  const text = [
    at(1, { message: 'before' }),
    at(3, { message: 'request' }),
    at(3, { message: 'job completed', job_id: 'demo.1' }),
    at(3, { event: 'told_job.started', message: 'demo job' }),
    at(4, { message: 'Redis refuses' }),
    '    at a stack that is no JSON',
    '',
  ].join('\n');
  const sinceMs = Date.parse('2026-01-01T00:00:02.000Z');
  const atMs = sinceMs + 2_000;
  expect(besideWork(text, 'worker-1', sinceMs)).toEqual([
    { by: 'worker-1', atMs },
    { by: 'worker-1', atMs },
  ]);
});
