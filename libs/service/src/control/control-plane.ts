import { setTimeout as sleep } from 'node:timers/promises';
import type { ControlDescription } from '@nestfleet/contracts';
import type { Composition } from '../composition.ts';
import type { BaseConfig } from '../config/base-config.ts';
import type { ServiceContext } from '../service-context.ts';
import { controlGuard } from './control-guard.ts';
import { type RunningControl, startControlServer } from './control-server.ts';
import { controlPhaseOf, OutOfService } from './out-of-service.ts';
import { startVitalSigns, type VitalSigns } from './vital-signs.ts';

/** How long the answer to drain and undrain waits for the catalog, milliseconds. */
const CATALOG_WAIT_MS = 2_000;

/**
 * startControlPlane serves describe, drain and undrain of this instance, from before the first readiness until the last step
 * of the shutdown.
 */
export async function startControlPlane<C extends BaseConfig>(
  { config, identity, lifecycle, log }: ServiceContext<C>,
  composition: Composition,
  host: string,
): Promise<RunningControl> {
  const signs = startVitalSigns(lifecycle);
  const service = new OutOfService({
    instanceId: identity.instanceId,
    lifecycle,
    onDrain: composition.onDrain ?? [],
    maintenance: async (on) => composition.registration?.maintenance(on),
    log,
    catalogTimeout: () => sleep(CATALOG_WAIT_MS, undefined, { ref: false }),
  });
  const server = await startControlServer(
    {
      guard: controlGuard(config.CONTROL_TOKEN, identity.instanceId),
      actions: {
        describe: () => describe({ identity, lifecycle }, composition, signs),
        drain: () => service.drain(),
        undrain: () => service.undrain(),
      },
      log,
    },
    { host, port: config.CONTROL_PORT },
  ).catch((error: unknown) => {
    signs.stop();
    throw error;
  });
  return {
    port: server.port,
    close: () => {
      signs.stop();
      server.close();
    },
  };
}

function describe(
  { identity, lifecycle }: Pick<ServiceContext<BaseConfig>, 'identity' | 'lifecycle'>,
  { upstreams, workInFlight }: Composition,
  signs: VitalSigns,
): ControlDescription {
  const { rss, heapUsed } = process.memoryUsage();
  return {
    service: identity.service,
    instance_id: identity.instanceId,
    name: identity.name,
    version: identity.version,
    started_at_ms: identity.epoch,
    phase: controlPhaseOf(lifecycle.phase),
    load: {
      requests_per_second: signs.requestsPerSecond(),
      in_flight: lifecycle.inFlight + (workInFlight?.() ?? 0),
    },
    event_loop_lag: signs.eventLoopLag(),
    memory: { rss_bytes: rss, heap_used_bytes: heapUsed },
    upstreams: [...(upstreams?.() ?? [])],
  };
}
