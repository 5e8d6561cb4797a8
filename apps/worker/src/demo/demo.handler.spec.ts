import { describe, expect, it } from '@jest/globals';
import { runHandler } from '@nestfleet/jobs/testing';
import { openMemoryState } from '@nestfleet/state';
import { DemoHandler, demoQueue } from './demo.handler.ts';

describe('demo', () => {
  it('writes the text into a value of the job and reads it back', async () => {
    const { values } = openMemoryState();
    const handler = new DemoHandler(values);
    const { result, progress } = await runHandler(demoQueue, (context) => handler.handle(context), { job: 'x' });
    expect(result).toEqual({ job: 'x', value_key: 'job:demo.test', written: 'x by test' });
    expect(await values.get('job:demo.test')).toMatchObject({ value: 'x by test', ttlMs: expect.any(Number) });
    expect(progress).toEqual([0, 50, 100]);
  });

  it('fails when the value is not there to read', async () => {
    const { values } = openMemoryState();
    const handler = new DemoHandler({ put: (key, value) => values.put(key, value), get: async () => undefined });
    const run = runHandler(demoQueue, (context) => handler.handle(context), { job: 'x' });
    await expect(run).rejects.toThrow('job:demo.test is gone');
  });
});
