import { expect, it } from '@jest/globals';
import { besideWork, completedIn } from './worker-log.ts';

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

const line = (message: string, job_id: string) => at(1, { message, job_id });

it('names the jobs that were completed, and no other', () => {
  const text = [line('job completed', 'demo.1'), line('job failed', 'demo.2'), 'no JSON', ''].join('\n');
  expect(completedIn(text)).toEqual(['demo.1']);
});
