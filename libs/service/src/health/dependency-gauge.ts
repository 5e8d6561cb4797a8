import { Gauge, type Registry } from 'prom-client';
import type { HealthProbe } from '../hooks.ts';
import { runProbe } from './probes.ts';

/**
 * registerDependencyGauge exports what `/healthz` shows people to alert rules: probed at each scrape, so it costs nothing
 * where nobody scrapes.
 */
export function registerDependencyGauge(
  registry: Registry,
  probes: readonly HealthProbe[],
  run: typeof runProbe = runProbe,
): void {
  if (probes.length === 0) return;
  const gauge: Gauge<'dependency'> = new Gauge({
    name: 'nestfleet_dependency_up',
    help: '1 when this process reaches what it depends on, else 0',
    labelNames: ['dependency'],
    registers: [registry],
    collect: async () => {
      const found = await Promise.all(probes.map(async (probe) => ({ probe, result: await run(probe) })));
      for (const { probe, result } of found) gauge.set({ dependency: probe.name }, result.status === 'up' ? 1 : 0);
    },
  });
}
