import { services } from '@nestfleet/contracts';
import {
  discoveryOptions,
  openDiscovery,
  registrationOf,
  registrationSettings,
  upstreamViews,
} from '@nestfleet/discovery';
import { openJobs } from '@nestfleet/jobs';
import { JobConsumers } from '@nestfleet/jobs/nest';
import { type Composition, JobMetrics, type ServiceContext } from '@nestfleet/service';
import { openState } from '@nestfleet/state';
import { workerProbes } from './probes.ts';
import { jobsWithinMs, type WorkerConfig } from './worker.config.ts';
import { WorkerModule } from './worker.module.ts';

/** compose wires the libs into one worker replica. Opening connects in the background. */
export function compose({ config, identity, log, metrics }: ServiceContext<WorkerConfig>): Composition {
  const store = {
    redisUrl: config.REDIS_URL,
    redisAccess: { ca: config.REDIS_CACERT, sentinelPassword: config.REDIS_SENTINEL_PASSWORD },
    namespace: config.NAMESPACE,
  };
  const state = openState(store);
  const jobs = openJobs({
    ...store,
    instanceName: identity.name,
    log,
    visibilityMs: config.JOBS_VISIBILITY_MS,
    deathsMax: config.JOBS_DEATHS_MAX,
  });
  const discovery = openDiscovery(discoveryOptions(config), { log, zone: config.ZONE });
  const { service, slot, epoch, version, name, address } = identity;
  const more = registrationSettings(config, services.worker);
  let consumers: JobConsumers | undefined;

  return {
    module: WorkerModule.register({ state, jobs, metrics: new JobMetrics(metrics.registry) }),
    onListen: async (app) => {
      consumers = app.get(JobConsumers);
    },
    firstReady: async () => {
      await Promise.all([state.ready(), jobs.ready()]);
      consumers?.start();
    },
    probes: workerProbes({ state, catalog: config.DISCOVERY, discovery, jobs, faults: () => consumers?.faults ?? [] }),
    registration: registrationOf(discovery, { service, slot, epoch, version, instanceName: name, address, ...more }),
    onDrain: [
      {
        name: 'consumers pause',
        run: async () => consumers?.pause(),
        resume: async () => consumers?.resume(),
      },
    ],
    workInFlight: () => consumers?.running ?? 0,
    upstreams: () => upstreamViews(discovery.upstreams, Date.now()),
    beforeClose: [{ name: 'consumers close', run: async () => consumers?.close(jobsWithinMs(config)) }],
    onClose: [
      { name: 'discovery', run: async () => discovery.close() },
      { name: 'jobs', run: () => jobs.close() },
      { name: 'redis', run: () => state.close() },
    ],
  };
}
