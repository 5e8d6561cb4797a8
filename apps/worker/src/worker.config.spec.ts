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

  it('refuses a load balancer that it does not know', () => {
    expect(() => loadConfig(workerConfig, { BALANCER: 'apache' })).toThrow(/BALANCER/);
  });
});
