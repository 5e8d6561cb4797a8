import { SERVICE_NAMES, type ServiceName } from '@nestfleet/contracts';

/** Counts are the replicas of each service that are desired. */
export type Counts = Readonly<Record<ServiceName, number>>;

/** COUNT_MAX is enough for any laptop; a slip of the finger (`N=500`) must not take the machine down. */
export const COUNT_MAX = 50;

/** startOrder: the gateway opens last, when there is something behind it. */
export const startOrder: readonly ServiceName[] = ['api', 'worker', 'frontend-gateway'];

/** endOrder: no new request comes in, then the running ones end, then the jobs. What a job still needs ends after all. */
export const endOrder: readonly ServiceName[] = ['frontend-gateway', 'api', 'worker'];

export const defaultCounts: Counts = { api: 3, 'frontend-gateway': 1, worker: 2 };
export const noCounts: Counts = { api: 0, 'frontend-gateway': 0, worker: 0 };

/** What people type and read: the gateway's long name is for the catalog. */
const shortNames: Readonly<Record<ServiceName, string>> = {
  api: 'api',
  'frontend-gateway': 'gateway',
  worker: 'worker',
};

export const shortName = (service: ServiceName): string => shortNames[service];

/** serviceOf is the service of a short or a full name. */
export const serviceOf = (word: string): ServiceName | undefined =>
  SERVICE_NAMES.find((service) => service === word || shortNames[service] === word);

/** replicaName is the INSTANCE_NAME of a replica: stable over restarts. */
export const replicaName = (service: ServiceName, slot: number): string => `${shortNames[service]}-${slot}`;

/** formatCounts: `3 api, 1 gateway, 2 worker` */
export const formatCounts = (counts: Counts): string =>
  startOrder.map((service) => `${counts[service]} ${shortNames[service]}`).join(', ');
