import { z } from 'zod';

/**
 * `.stack/fleet.json` of the local engine: a stable read-only interface through which proofs and doctors find and hit
 * replicas. Written whole (rename) on each change.
 */
export const fleetProcess = z.object({
  pid: z.int(),
  started_at_ms: z.int().describe('Start time of the process, milliseconds since 1970; guards against a reused pid'),
});

export const fleetReplica = fleetProcess.extend({
  service: z.string(),
  slot: z.string(),
  name: z.string().describe('INSTANCE_NAME, e.g. api-1'),
  instance_id: z.string().nullable().describe('Id in the catalog, known once ready'),
  ports: z.object({
    http: z.int().nullable(),
    rpc: z.int().nullable(),
    control: z.int().nullable(),
    metrics: z.int().nullable(),
  }),
  state: z.enum(['starting', 'ready', 'leaving', 'backing-off']),
  restarts: z.int(),
});
export type FleetReplica = z.infer<typeof fleetReplica>;

export const fleetServer = fleetProcess.extend({
  name: z.enum(['redis', 'consul', 'edge-proxy']),
  url: z.string(),
  version: z.string(),
});
export type FleetServer = z.infer<typeof fleetServer>;

export const fleetState = z.object({
  schema: z.literal(1),
  supervisor: fleetProcess,
  namespace: z.string(),
  public_url: z.string().nullable().describe('Address of the edge proxy, null while none is up'),
  servers: z.array(fleetServer),
  replicas: z.array(fleetReplica),
});
export type FleetState = z.infer<typeof fleetState>;

/** Where a container of the Docker engine is found. */
const fleetContainer = z.object({
  id: z.string(),
  name: z.string(),
  address: z.string().nullable().describe('Its address on the inner network, null while it does not run'),
});
/** A container has no process that a signal from outside should reach; it is named by its id. */
const contained = { pid: z.null(), container: fleetContainer };
const containerState = z.enum(['starting', 'ready', 'unhealthy', 'paused', 'leaving', 'backing-off', 'stopped']);

export const containerReplica = fleetReplica.extend({
  ...contained,
  name: z.string().describe('<service>-<number>; INSTANCE_NAME is `served_by`'),
  served_by: z.string().describe('INSTANCE_NAME'),
  state: containerState,
});
export type ContainerReplica = z.infer<typeof containerReplica>;

export const containerServer = fleetServer.extend({
  ...contained,
  name: z.string().describe('redis, consul, edge-proxy, and what else runs beside the replicas'),
  url: z.string().nullable().describe('How the fleet reaches it, on the inner network; null for what only reaches out'),
  version: z.string().describe('Image with its tag'),
  state: containerState,
});
export type ContainerServer = z.infer<typeof containerServer>;

/** What `make ps JSON=1` prints of a fleet of containers: the state file's shape, with containers for processes. */
export const containerFleet = fleetState.extend({
  supervisor: z.null(),
  project: z.string().describe("Docker Compose's name of the fleet"),
  balancer: z.string(),
  servers: z.array(containerServer),
  replicas: z.array(containerReplica),
});
export type ContainerFleet = z.infer<typeof containerFleet>;

/** The line that every service writes to its stdout log once it takes requests; the engine reads ports from it. */
export const readyReport = z.object({
  event: z.literal('service.ready'),
  service: z.string(),
  instance_id: z.string(),
  ports: z.object({
    http: z.int().nullable(),
    rpc: z.int().nullable(),
    control: z.int().nullable(),
    metrics: z.int().nullable(),
  }),
});
export type ReadyReport = z.infer<typeof readyReport>;
