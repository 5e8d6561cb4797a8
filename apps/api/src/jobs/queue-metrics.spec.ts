import { describe, expect, it } from '@jest/globals';
import { demoJob, primesJob } from '@nestfleet/contracts';
import { defineQueue, type QueueBacklog } from '@nestfleet/jobs';
import { Registry } from 'prom-client';
import { QueueMetrics } from './queue-metrics.ts';

const demo = defineQueue({ ...demoJob, concurrency: 5 });
const primes = defineQueue({ ...primesJob, concurrency: 2 });
const NOW_MS = 1_000_000;

type Answer = () => Promise<QueueBacklog>;

const exported = (answers: Record<string, Answer>): { registry: Registry; asked: string[] } => {
  const registry = new Registry();
  const asked: string[] = [];
  const backlog = ({ name }: { readonly name: string }): Promise<QueueBacklog> => {
    asked.push(name);
    return answers[name]?.() ?? Promise.reject(new Error(`no ${name}`));
  };
  void new QueueMetrics(registry, { queues: [demo, primes], backlog }, () => NOW_MS);
  return { registry, asked };
};

const answering =
  (takeable: number, active: number, waitsSinceMs?: number): Answer =>
  async () => ({ takeable, active, waitsSinceMs });

const unavailable: Answer = () => Promise.reject(new Error('jobs_unavailable'));

describe('QueueMetrics', () => {
  it('exports the workers that each queue needs, and how long its next job has waited', async () => {
    const answers = { demo: answering(11, 0, NOW_MS - 2_500), primes: answering(0, 1) };
    const text = await exported(answers).registry.metrics();
    expect(text).toContain('nestfleet_jobs_desired_workers{queue="demo"} 3');
    expect(text).toContain('nestfleet_jobs_desired_workers{queue="primes"} 1');
    expect(text).toContain('nestfleet_jobs_oldest_wait_seconds{queue="demo"} 2.5');
    expect(text).toContain('nestfleet_jobs_oldest_wait_seconds{queue="primes"} 0');
  });

  it('has no figure of a queue that Redis does not tell, also where it told one before', async () => {
    const answers: Record<string, Answer> = { demo: answering(1, 0), primes: answering(1, 0) };
    const { registry } = exported(answers);
    expect(await registry.metrics()).toContain('desired_workers{queue="demo"} 1');
    answers['demo'] = unavailable;
    const text = await registry.metrics();
    expect(text).not.toContain('queue="demo"');
    expect(text).toContain('nestfleet_jobs_oldest_wait_seconds{queue="primes"} 0');
    answers['demo'] = answering(0, 0);
    expect(await registry.metrics()).toContain('desired_workers{queue="demo"} 0');
  });

  it('has no workers of any queue while it does not know one: a scaler takes the maximum, in which it would be a 0', async () => {
    const text = await exported({ demo: unavailable, primes: answering(1, 0) }).registry.metrics();
    expect(text).not.toContain('desired_workers{');
  });

  it('waits for no job whose enqueuer has a clock that is ahead', async () => {
    const text = await exported({ demo: answering(1, 0, NOW_MS + 9), primes: unavailable }).registry.metrics();
    expect(text).toContain('nestfleet_jobs_oldest_wait_seconds{queue="demo"} 0');
  });

  it('reads each queue once for scrapes that come together, and not before the first', async () => {
    const held = Promise.withResolvers<QueueBacklog>();
    const { registry, asked } = exported({ demo: () => held.promise, primes: answering(0, 0) });
    expect(asked).toEqual([]);
    const scrapes = [registry.metrics(), registry.metrics(), registry.metrics()];
    held.resolve({ takeable: 6, active: 0, waitsSinceMs: undefined });
    for (const text of await Promise.all(scrapes)) expect(text).toContain('desired_workers{queue="demo"} 2');
    expect(asked).toEqual(['demo', 'primes']);
    await registry.metrics();
    expect(asked).toEqual(['demo', 'primes', 'demo', 'primes']);
  });
});
