import { describe, expect, it } from '@jest/globals';
import { shutdownTimeouts, loadConfig } from '@nestfleet/service';
import { jobsWithinMs, workerConfig } from './worker.config.ts';

describe('workerConfig', () => {
  it('has a port of its own and has no drain delay', () => {
    const config = loadConfig(workerConfig, {});
    expect(config).toMatchObject({ PORT: 3002, BALANCER: ['none'] });
    expect(shutdownTimeouts(config).hardMs).toBe(30_000);
    expect(jobsWithinMs(config)).toBe(25_000);
    expect(jobsWithinMs({ ...config, SHUTDOWN_FINISH_MS: 0 })).toBe(0);
  });

  it('says for how long a job is invisible to others, and how often workers may die with it', () => {
    expect(loadConfig(workerConfig, {})).toMatchObject({ JOBS_VISIBILITY_MS: 30_000, JOBS_DEATHS_MAX: 3 });
    const env = { JOBS_VISIBILITY_MS: '2000', JOBS_DEATHS_MAX: '1' };
    expect(loadConfig(workerConfig, env)).toMatchObject({ JOBS_VISIBILITY_MS: 2_000, JOBS_DEATHS_MAX: 1 });
    expect(() => loadConfig(workerConfig, { JOBS_VISIBILITY_MS: '999' })).toThrow(/JOBS_VISIBILITY_MS/);
  });

  it('refuses a load balancer that it does not know', () => {
    expect(() => loadConfig(workerConfig, { BALANCER: 'apache' })).toThrow(/BALANCER/);
  });
});
