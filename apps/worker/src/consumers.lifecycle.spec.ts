import { describe, expect, it } from '@jest/globals';
import type { Jobs } from '@nestfleet/jobs';
import { createMetrics, identify, JobMetrics, Lifecycle, loadConfig } from '@nestfleet/service';
import { openMemoryState } from '@nestfleet/state/testing';
import { ConsumersLifecycle } from './consumers.lifecycle.ts';
import { DemoHandler } from './demo/demo.handler.ts';
import { workerConfig } from './worker.config.ts';

/** Records the calls of jobs and consumers. */
function recorded(missing = '') {
  const calls: string[] = [];
  const jobs: Pick<Jobs, 'consume' | 'requireHandlers'> = {
    requireHandlers: () => {
      calls.push('all have one');
      if (missing !== '') throw new Error(missing);
    },
    consume: ({ name }) => {
      calls.push(`consume ${name}`);
      return {
        pause: async () => void calls.push(`pause ${name}`),
        resume: async () => void calls.push(`resume ${name}`),
        running: 2,
        fault: name === 'demo' ? 'demo: jobs wait' : undefined,
        close: async (timeoutMs) => void calls.push(`close ${name} ${timeoutMs}`),
      };
    },
  };
  const demo = new DemoHandler(openMemoryState().values);
  const identity = identify('worker', '0', loadConfig(workerConfig, {}), { hostname: 'test', pid: 1, nowMs: 0 });
  const metrics = new JobMetrics(createMetrics(identity, new Lifecycle()).registry);
  return { calls, consumers: new ConsumersLifecycle(jobs as Jobs, metrics, demo) };
}

const each = (what: string, after = ''): string[] => ['demo', 'primes', 'flaky'].map((n) => `${what} ${n}${after}`);

describe('ConsumersLifecycle', () => {
  it('starts, pauses and closes the consumer of every kind of job', async () => {
    const { calls, consumers } = recorded();
    consumers.start();
    await consumers.pause();
    await consumers.close(25_000);
    expect(calls).toEqual([...each('consume'), 'all have one', ...each('pause'), ...each('close', ' 25000')]);
  });

  it('takes jobs again after a pause, and counts how many run', async () => {
    const { calls, consumers } = recorded();
    expect(consumers.running).toBe(0);
    consumers.start();
    await consumers.pause();
    await consumers.resume();
    expect(calls).toEqual([...each('consume'), 'all have one', ...each('pause'), ...each('resume')]);
    expect(consumers.running).toBe(6);
  });

  it('starts with the end of a drain that came before it was ready', async () => {
    const { calls, consumers } = recorded();
    await consumers.pause();
    consumers.start();
    expect(calls).toEqual([]);
    await consumers.resume();
    expect(calls).toEqual([...each('consume'), 'all have one']);
  });

  it('does not start where a queue has no handler', () => {
    expect(() => recorded('No handler of mail').consumers.start()).toThrow('No handler of mail');
  });

  it('names the consumers to which jobs do not flow', () => {
    const { consumers } = recorded();
    expect(consumers.faults).toEqual([]);
    consumers.start();
    expect(consumers.faults).toEqual(['demo: jobs wait']);
  });

  it('does not start any more when it was paused before it was ready', async () => {
    const { calls, consumers } = recorded();
    await consumers.pause();
    consumers.start();
    await consumers.close(0);
    expect(calls).toEqual([]);
  });
});
