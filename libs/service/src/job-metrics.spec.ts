import { describe, expect, it } from '@jest/globals';
import { Registry } from 'prom-client';
import { JobMetrics } from './job-metrics.ts';

describe('JobMetrics', () => {
  it('counts attempts and seconds by job and outcome', async () => {
    const registry = new Registry();
    const { count, countReconnect } = new JobMetrics(registry);
    countReconnect({ name: 'demo' });
    count({ name: 'demo', outcome: 'completed', durationMs: 1_500 });
    count({ name: 'demo', outcome: 'completed', durationMs: 500 });
    count({ name: 'flaky', outcome: 'retried', durationMs: 1 });
    const text = await registry.metrics();
    expect(text).toContain('nestfleet_jobs_processed_total{job="demo",outcome="completed"} 2');
    expect(text).toContain('nestfleet_jobs_processed_total{job="flaky",outcome="retried"} 1');
    expect(text).toContain('nestfleet_jobs_reconnects_total{job="demo"} 1');
    expect(text).toContain('nestfleet_job_duration_seconds_sum{job="demo",outcome="completed"} 2');
  });
});
