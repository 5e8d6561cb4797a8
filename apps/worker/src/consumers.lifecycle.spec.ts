import { describe, expect, it } from '@jest/globals';
import type { Jobs } from '@nestfleet/jobs';
import { openMemoryState } from '@nestfleet/state/testing';
import { Registry } from 'prom-client';
import { ConsumersLifecycle } from './consumers.lifecycle.ts';
import { DemoHandler } from './demo/demo.handler.ts';
import { JobMetrics } from './job-metrics.ts';

/** Writes down what is asked of jobs and consumers. */
function recorded() {
  const asked: string[] = [];
  const jobs: Pick<Jobs, 'consume'> = {
    consume: ({ name }) => {
      asked.push(`consume ${name}`);
      return {
        pause: async () => void asked.push(`pause ${name}`),
        resume: async () => void asked.push(`resume ${name}`),
        running: 2,
        close: async (timeoutMs) => void asked.push(`close ${name} ${timeoutMs}`),
      };
    },
  };
  const demo = new DemoHandler(openMemoryState().values);
  return { asked, consumers: new ConsumersLifecycle(jobs as Jobs, new JobMetrics(new Registry()), demo) };
}

const each = (what: string, after = ''): string[] => ['demo', 'primes', 'flaky'].map((n) => `${what} ${n}${after}`);

describe('ConsumersLifecycle', () => {
  it('starts, pauses and closes the consumer of every kind of job', async () => {
    const { asked, consumers } = recorded();
    consumers.start();
    await consumers.pause();
    await consumers.close(25_000);
    expect(asked).toEqual([...each('consume'), ...each('pause'), ...each('close', ' 25000')]);
  });

  it('takes jobs again after a pause, and counts how many run', async () => {
    const { asked, consumers } = recorded();
    expect(consumers.running).toBe(0);
    consumers.start();
    await consumers.pause();
    await consumers.resume();
    expect(asked).toEqual([...each('consume'), ...each('pause'), ...each('resume')]);
    expect(consumers.running).toBe(6);
  });

  it('does not start any more when it was paused before it was ready', async () => {
    const { asked, consumers } = recorded();
    await consumers.pause();
    consumers.start();
    await consumers.close(0);
    expect(asked).toEqual([]);
  });
});
