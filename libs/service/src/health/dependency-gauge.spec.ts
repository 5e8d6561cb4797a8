import { describe, expect, it } from '@jest/globals';
import { answeredDuringStall } from '@nestfleet/timing/testing';
import { Registry } from 'prom-client';
import type { ProbeResult } from '../hooks.ts';
import { registerDependencyGauge } from './dependency-gauge.ts';
import { runProbe } from './probes.ts';

const valuesOf = async (registry: Registry): Promise<Record<string, number>> => {
  const metric = await registry.getSingleMetric('nestfleet_dependency_up')?.get();
  return Object.fromEntries((metric?.values ?? []).map(({ labels, value }) => [String(labels['dependency']), value]));
};

describe('registerDependencyGauge', () => {
  it('probes at each scrape and shows one that fails or hangs as 0', async () => {
    const registry = new Registry();
    let redis: ProbeResult = { status: 'up' };
    registerDependencyGauge(
      registry,
      [
        { name: 'redis', check: async () => redis },
        { name: 'consul', check: () => Promise.reject(new Error('refused')) },
        { name: 'queue', check: () => new Promise<ProbeResult>(() => {}) },
      ],
      (probe) => runProbe(probe, 10),
    );
    expect(await valuesOf(registry)).toEqual({ redis: 1, consul: 0, queue: 0 });
    redis = { status: 'down' };
    expect(await valuesOf(registry)).toEqual({ redis: 0, consul: 0, queue: 0 });
  });

  it('tells one as 1 whose answer has arrived while our own process stood still', async () => {
    const found = answeredDuringStall(40, (answer) => {
      const check = (): Promise<ProbeResult> => answer.then(() => ({ status: 'up' }));
      return runProbe({ name: 'redis', check }, 20);
    });
    await expect(found).resolves.toEqual({ status: 'up' });
  });

  it('shows nothing where there is nothing to ask', async () => {
    const registry = new Registry();
    registerDependencyGauge(registry, []);
    expect(await registry.metrics()).toBe('\n');
  });
});
