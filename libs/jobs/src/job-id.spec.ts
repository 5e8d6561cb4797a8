import { describe, expect, it } from '@jest/globals';
import { jobId } from '@nestfleet/contracts';
import { ownJobId, parseJobId, publicJobId } from './job-id.ts';

describe('job ids', () => {
  it('finds queue and id again in what it spelled, and the contract takes it', () => {
    const address = { queue: 'demo', id: '0b9f-A_z' };
    expect(publicJobId(address)).toBe('demo.0b9f-A_z');
    expect(parseJobId(publicJobId(address))).toEqual(address);
    expect(jobId.safeParse(publicJobId(address)).success).toBe(true);
  });

  it.each(['', 'demo', 'demo.', '.x', 'demo.a:b', 'demo.a.b', 'Demo.x', 'demo.x\n', `demo.${'x'.repeat(91)}`])(
    'takes %j for no id',
    (text) => {
      expect(parseJobId(text)).toBeUndefined();
    },
  );

  it('refuses own ids that would break the public one or a Redis key', () => {
    expect(ownJobId('order-17')).toBe('order-17');
    for (const id of ['', 'a.b', 'a:b', 'ä', 'x'.repeat(91), 'a b'])
      expect(() => ownJobId(id)).toThrow(expect.objectContaining({ code: 'invalid_job_id', status: 400 }));
  });
});
