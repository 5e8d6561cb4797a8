import { describe, expect, it } from '@jest/globals';
import { silentLog } from '@nestfleet/jobs';
import { memoryEffects, runHandler } from '@nestfleet/jobs/testing';
import { openMemoryState } from '@nestfleet/state/testing';
import { DEMO_FINISHED, DemoHandler, demoQueue, demoValueKey } from './demo.handler.ts';

describe('demo', () => {
  it('writes a value that gives away neither the id nor the payload, and reads it back', async () => {
    const { values } = openMemoryState();
    const handler = new DemoHandler(values);
    const { result, progress } = await runHandler(demoQueue, (context) => handler.process(context), { job: 'x' });
    const key = demoValueKey('demo.test');
    expect(key).toMatch(/^demo:[0-9a-f]{16}$/);
    expect(result).toEqual({ job: 'x', value_key: key, written: 'written by test' });
    expect(await values.get(key)).toMatchObject({ value: 'written by test', ttlMs: expect.any(Number) });
    expect(progress).toEqual([0, 50, 100]);
  });

  it('logs its text', async () => {
    const lines: [object, string][] = [];
    const log = { ...silentLog, info: (fields: object, message: string) => void lines.push([fields, message]) };
    const handler = new DemoHandler(openMemoryState().values);
    await runHandler(demoQueue, (context) => handler.process(context), { job: 'test-1' }, { log });
    expect(lines).toEqual([[{ job: 'test-1' }, 'demo job']]);
  });

  it('counts a job once, over all attempts that come to their end', async () => {
    const handler = new DemoHandler(openMemoryState().values);
    const effects = memoryEffects();
    for (const attempt of [1, 2])
      await runHandler(demoQueue, (context) => handler.process(context), { job: 'x' }, { attempt, effects });
    expect(await effects.number(DEMO_FINISHED)).toBe(1);
  });

  it('fails when the value is not there to read', async () => {
    const { values } = openMemoryState();
    const handler = new DemoHandler({ put: (key, value) => values.put(key, value), get: async () => undefined });
    const run = runHandler(demoQueue, (context) => handler.process(context), { job: 'x' });
    await expect(run).rejects.toThrow(/demo:[0-9a-f]{16} is gone/);
  });
});
