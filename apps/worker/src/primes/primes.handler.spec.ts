import { threadId } from 'node:worker_threads';
import { describe, expect, it } from '@jest/globals';
import type { JobContextOf } from '@nestfleet/jobs';
import { runHandler } from '@nestfleet/jobs/testing';
import { PrimesHandler, primesQueue } from './primes.handler.ts';

const count = (context: JobContextOf<typeof primesQueue>) => new PrimesHandler().process(context);

describe('primes', () => {
  it('counts in another thread and reports progress up to 100', async () => {
    const { result, progress } = await runHandler(primesQueue, count, { below: 3_000_000 });
    expect(result).toMatchObject({ below: 3_000_000, primes: 216_816 });
    expect(result.thread_id).not.toBe(threadId);
    expect(progress.at(-1)).toBe(100);
    expect(progress.length).toBeGreaterThan(3);
    expect(progress).toEqual(progress.toSorted((a, b) => a - b));
  });

  it('leaves the event loop free while it counts', async () => {
    let turns = 0;
    const turning = new AbortController();
    const loop = (async () => {
      for (; !turning.signal.aborted; turns += 1) await new Promise(setImmediate);
    })();
    await runHandler(primesQueue, count, { below: 20_000_000 });
    turning.abort();
    await loop;
    // Counting in this thread would give the loop a turn for each progress at most.
    expect(turns).toBeGreaterThan(1_000);
  });

  it('stops when the job is taken away', async () => {
    const taken = new AbortController();
    const run = runHandler(primesQueue, count, { below: 20_000_000 }, { signal: taken.signal });
    const reason = new Error('taken');
    setImmediate(() => taken.abort(reason));
    await expect(run).rejects.toBe(reason);
  });

  it('does not even begin when it was taken before', async () => {
    const signal = AbortSignal.abort(new Error('taken'));
    await expect(runHandler(primesQueue, count, { below: 10 }, { signal })).rejects.toThrow('taken');
  });
});
