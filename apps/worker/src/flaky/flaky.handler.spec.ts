import { describe, expect, it } from '@jest/globals';
import { runHandler } from '@nestfleet/jobs/testing';
import { flakyQueue, handleFlaky } from './flaky.handler.ts';

const run = (attempt: number) => runHandler(flakyQueue, handleFlaky, { failures: 2 }, { attempt });

describe('flaky', () => {
  it('fails as often as its payload says and then works', async () => {
    await expect(run(1)).rejects.toThrow('attempt 1 of 2');
    await expect(run(2)).rejects.toThrow('attempt 2 of 2');
    await expect(run(3)).resolves.toMatchObject({ result: { attempts: 3 } });
  });

  it('works at once with no failures asked for', async () => {
    await expect(runHandler(flakyQueue, handleFlaky, { failures: 0 })).resolves.toMatchObject({
      result: { attempts: 1 },
    });
  });
});
