/** The module that is put into the app, with its name and the file that it is in. */
export const MODULE = { name: 'NestfleetModule', file: 'nestfleet.module' } as const;

/**
 * The drain delay of load balancers that nobody has named, 3 s, requests in flight, 10 s, closing, 3 s, and 5 s to spare: what
 * ShutdownModule needs by default. A spec holds it to libs/service.
 */
const STOP_GRACE_MS = 21_000;
/** What a replica with jobs needs beyond that: 25 s for those that run, and 3 s to release the others, as JobsModule does by default. */
const JOBS_MS = 28_000;

/** The name of what runs jobs. */
export const JOBS = '@nestfleet/jobs';

/** What Compose gives a replica from SIGTERM on. */
export const stopGraceMs = (hasJobs: boolean): number => STOP_GRACE_MS + (hasJobs ? JOBS_MS : 0);

/** The text of nestfleet.module.ts. */
export const moduleText = (
  service: string,
  hasJobs: boolean,
): string => `import { DiscoveryModule } from '@nestfleet/discovery/nest';
import { ShutdownModule } from '@nestfleet/service/nest';
import { Module } from '@nestjs/common';

/** What this app needs to run as several replicas. Made by \`npx nestfleet init\`, and yours from then on. */
@Module({
  imports: [
    // Health checks at /livez, /startupz and /readyz; at SIGTERM unready, drain delay, requests in flight, then Nest's hooks.
    // stopGraceMs is the stop_grace_period of Compose: what does not fit into it ends the start, with the sum.
    ShutdownModule.forRoot({ stopGraceMs: ${stopGraceMs(hasJobs).toLocaleString('en').replaceAll(',', '_')} }),
    // The entry in Consul while the app listens. Consul's absence keeps nothing from starting.
    DiscoveryModule.forRoot({
      source: { kind: 'consul', addresses: [process.env.CONSUL_HTTP_ADDR ?? '127.0.0.1:8500'] },
      registration: { service: '${service}' },
    }),
  ],
})
export class ${MODULE.name} {}
`;
