import { describe, expect, it } from '@jest/globals';
import { leavingSums, loadConfig } from '@nestfleet/service-defaults';
import { workerConfig } from './worker.config.ts';

describe('workerConfig', () => {
  it('has a port of its own and waits for no front door', () => {
    const config = loadConfig(workerConfig, {});
    expect(config).toMatchObject({ PORT: 3002, BALANCER: ['none'] });
    expect(leavingSums(config.BALANCER, { inFlightMs: 500, finishMs: 26_500 }).hardMs).toBe(30_000);
  });

  it('refuses a front door that it does not know', () => {
    expect(() => loadConfig(workerConfig, { BALANCER: 'apache' })).toThrow(/BALANCER/);
  });
});
