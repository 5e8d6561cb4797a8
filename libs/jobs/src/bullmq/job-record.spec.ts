import { describe, expect, it } from '@jest/globals';
import { job } from '@nestfleet/contracts';
import { toExpiredJob, toHash, toJobRecord } from './job-record.ts';

const address = { queue: 'demo', id: 'a1' };
const data = JSON.stringify({ payload: { job: 'x' }, payload_version: 3, owner: 'me', request_id: null });
const read = (state: Parameters<typeof toJobRecord>[1], fields: Record<string, string>) =>
  toJobRecord(address, state, new Map(Object.entries(fields)));

describe('toJobRecord', () => {
  it('reads a job that runs for the second time', () => {
    const record = read('active', { data, atm: '1', pb: 'worker-1', progress: '42', failedReason: 'no luck' });
    expect(record).toEqual({
      owner: 'me',
      job: {
        id: 'demo.a1',
        name: 'demo',
        state: 'active',
        progress: 42,
        attempts: 2,
        processed_by: 'worker-1',
        result: null,
        error: 'no luck',
        payload_version: 3,
      },
    });
    expect(job.safeParse(record.job).success).toBe(true);
  });

  it('reads a fresh one', () => {
    expect(read('waiting', { data }).job).toMatchObject({ attempts: 0, progress: 0, processed_by: null, error: null });
  });

  it('reads result and full progress of a completed one', () => {
    const { job: done } = read('completed', { data, atm: '1', progress: '50', returnvalue: '{"a":1}' });
    expect(done).toMatchObject({ progress: 100, result: { a: 1 }, attempts: 1 });
  });

  it('shows damaged data instead of failing', () => {
    const record = read('failed', { data: '{"half', progress: '{"odd":1}' });
    expect(record).toMatchObject({ owner: null, job: { progress: 0, payload_version: 0 } });
  });

  it('reads whose a job was that is past its retention, removed or not', () => {
    expect(toExpiredJob(new Map([['owner', 'me']]))).toEqual({ owner: 'me' });
    expect(toExpiredJob(new Map([['owner', '']]))).toEqual({ owner: null });
    expect(toExpiredJob(new Map([['data', data]]))).toEqual({ owner: 'me' });
    expect(toExpiredJob(new Map())).toEqual({ owner: null });
  });

  it('pairs a flat reply', () => {
    expect([...toHash(['a', '1', 'b', ''])]).toEqual([
      ['a', '1'],
      ['b', ''],
    ]);
  });
});
