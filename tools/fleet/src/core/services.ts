import {
  declarationOf,
  DOCS_PATH,
  routedServices,
  SERVICE_NAMES,
  type ServiceDeclaration,
  type ServiceName,
  services,
  variableOf,
} from '@nestfleet/contracts';

/** ServiceTable is the table of services; a parameter, so that a test can add a service. */
export type ServiceTable = Readonly<Record<ServiceName, ServiceDeclaration>>;

/** Counts are the replicas of each service that are desired. */
export type Counts = Readonly<Record<ServiceName, number>>;

/** COUNT_MAX is enough for any laptop; a slip of the finger (`N=500`) must not take the machine down. */
export const COUNT_MAX = 50;

/** startOrderOf is the table's order, but what has the prefix `/` opens last, when there is something behind it. */
export const startOrderOf = (table: ServiceTable): ServiceName[] =>
  namesOf(table).toSorted((a, b) => Number(isInFront(table[a])) - Number(isInFront(table[b])));

/** endOrderOf: no new request comes in, then the running ones end, then the jobs. What a job still needs ends after all. */
export const endOrderOf = (table: ServiceTable): ServiceName[] =>
  namesOf(table).toSorted((a, b) => endRank(table[a]) - endRank(table[b]));

export const namesOf = (table: ServiceTable): ServiceName[] => Object.keys(table) as ServiceName[];

const isInFront = ({ ingress }: ServiceDeclaration): boolean => ingress?.prefix === '/';

function endRank(declaration: ServiceDeclaration): number {
  if (isInFront(declaration)) return 0;
  return declaration.ingress === undefined ? 2 : 1;
}

export const startOrder = startOrderOf(services);
export const endOrder = endOrderOf(services);

/** countEach makes counts by a rule. */
const countEach = (countOf: (service: ServiceName) => number): Counts =>
  Object.fromEntries(SERVICE_NAMES.map((service) => [service, countOf(service)])) as Counts;

export const defaultCounts = countEach((service) => declarationOf(service).replicas);
export const noCounts = countEach(() => 0);

/** countsOf are the replicas that there are; names that are no service of the table do not count. */
export const countsOf = (replicas: readonly { readonly service: string }[]): Counts =>
  countEach((name) => replicas.filter(({ service }) => service === name).length);

/** shortName is what people type and read; the whole name is for the catalog. */
export const shortName = (service: ServiceName): string => declarationOf(service).shortName;

/** slotsVariable holds how many replicas of a service HAProxy has room for. */
export const slotsVariable = (service: Pick<ServiceDeclaration, 'shortName'>): string => `${variableOf(service)}_SLOTS`;

/** serviceOf is the service of a short or a full name. */
export const serviceOf = (word: string): ServiceName | undefined =>
  SERVICE_NAMES.find((service) => service === word || shortName(service) === word);

/** replicaName is the INSTANCE_NAME of a replica: stable over restarts. */
export const replicaName = (service: ServiceName, slot: number): string => `${shortName(service)}-${slot}`;

/** formatCounts: `3 api, 2 worker, 1 gateway` */
export const formatCounts = (counts: Counts): string =>
  startOrder.map((service) => `${counts[service]} ${shortName(service)}`).join(', ');

/** swaggerAddresses are the pages of Swagger UI behind an edge proxy: `http://…/api/docs (api), http://…/docs (gateway)`. */
export const swaggerAddresses = (origin: string): string =>
  routedServices
    .map(({ shortName: name, ingress }) => `${origin}${ingress.prefix.replace(/\/$/, '')}${DOCS_PATH} (${name})`)
    .join(', ');
