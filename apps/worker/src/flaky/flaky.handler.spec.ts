import { describe, expect, it } from '@jest/globals';
import { runHandler } from '@nestfleet/jobs/testing';
import { FlakyHandler, flakyQueue } from './flaky.handler.ts';

const run = (failures: number, attempt: number) =>
  runHandler(flakyQueue, (context) => new FlakyHandler().process(context), { failures }, { attempt });

describe('flaky', () => {
  it('fails as often as its payload says and then works', async () => {
    await expect(run(2, 1)).rejects.toThrow('attempt 1 of 2');
    await expect(run(2, 2)).rejects.toThrow('attempt 2 of 2');
    await expect(run(2, 3)).resolves.toMatchObject({ result: { attempts: 3 } });
  });

  it('works at once with no failures asked for', async () => {
    await expect(run(0, 1)).resolves.toMatchObject({ result: { attempts: 1 } });
  });
});
