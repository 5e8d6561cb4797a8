import { declarationOf, SERVICE_NAMES, type ServiceName } from '@nestfleet/contracts';
import { serviceOf, shortName, slotsVariable, type Counts } from '../core/services.ts';
import { StackFault } from '../core/faults.ts';
import type { Balancer } from '../core/options.ts';
import { readText } from '../logs/log-file.ts';
import type { DockerPaths } from './paths.ts';

/** composeFiles are the overlays of a fleet, base first, relative to the repository. @throws StackFault bad_argument */
export function composeFiles(wanted: { balancer: Balancer; tls: boolean; prometheus: boolean }): string[] {
  if (wanted.tls && wanted.balancer === 'gateway')
    throw new StackFault('bad_argument', 'TLS=1 needs a balancer that speaks it: BALANCER=traefik, haproxy, …');
  const overlays = [wanted.balancer, ...(wanted.tls ? ['tls'] : []), ...(wanted.prometheus ? ['prometheus'] : [])];
  return ['deploy/compose.yaml', ...overlays.map((name) => `deploy/compose.${name}.yaml`)];
}

export interface ModelPort {
  readonly target: number;
  readonly published?: string;
  readonly host_ip?: string;
}

export interface ModelService {
  readonly image?: string;
  readonly build?: unknown;
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly ports?: readonly ModelPort[];
}

/** ComposeModel is the output of `docker compose config --format json`: every variable filled in, every path absolute. */
export interface ComposeModel {
  readonly services: Readonly<Record<string, ModelService>>;
}

export const parseModel = (text: string): ComposeModel => JSON.parse(text) as ComposeModel;

/** readModel is the model that was stored when the fleet came up. */
export const readModel = ({ model }: Pick<DockerPaths, 'model'>): ComposeModel =>
  parseModel(readText(model) ?? '{"services":{}}');

/** publishedOn opens published ports on this address only, as the local engine does; one that names its address keeps it. */
export function publishedOn(model: ComposeModel, host: string): ComposeModel {
  const services = Object.entries(model.services).map(([name, service]) => {
    const ports = service.ports?.map((port) =>
      port.published === undefined ? port : { ...port, host_ip: port.host_ip ?? host },
    );
    return [name, ports === undefined ? service : { ...service, ports }] as const;
  });
  return { ...model, services: Object.fromEntries(services) };
}

/** publishedPorts are the host ports that the fleet is going to take. */
export const publishedPorts = ({ services }: ComposeModel): { host: string; port: number }[] =>
  Object.values(services).flatMap(({ ports = [] }) =>
    ports.flatMap(({ published, host_ip: host = '0.0.0.0' }) =>
      published === undefined ? [] : [{ host, port: Number(published) }],
    ),
  );

/** foreignImages are pulled, not built. */
export const foreignImages = ({ services }: ComposeModel): string[] => [
  ...new Set(
    Object.values(services).flatMap(({ image, build }) =>
      image === undefined || (build !== undefined && build !== null) ? [] : [image],
    ),
  ),
];

/** ownImages are built here. */
export const ownImages = ({ services }: ComposeModel): string[] =>
  Object.values(services).flatMap(({ image, build }) =>
    image === undefined || build === undefined || build === null ? [] : [image],
  );

/** Wanted is how many containers of each service are desired. */
export type Wanted = Readonly<Record<string, number>>;

/** wantedOf is one of everything, and of the replicas as many as counted. @throws StackFault bad_argument */
export function wantedOf(model: ComposeModel, counts: Counts): Wanted {
  for (const service of SERVICE_NAMES) checkCount(model, service, counts[service]);
  const names = Object.keys(model.services);
  return Object.fromEntries(
    names.map((name) => {
      const service = serviceOf(name);
      return [name, service === undefined ? 1 : counts[service]];
    }),
  );
}

/**
 * checkCount: a service with a port of the host can be there once only, and HAProxy serves as many as it has slots.
 * @throws StackFault bad_argument
 */
export function checkCount(model: ComposeModel, service: ServiceName, count: number): void {
  const refuse = (why: string): never => {
    throw new StackFault('bad_argument', `${count} ${shortName(service)}: ${why}`);
  };
  if (count > 1 && (model.services[service]?.ports ?? []).length > 0)
    refuse('here it is the edge proxy, and a port of the host is for one; take another BALANCER');
  const setting = slotsVariable(declarationOf(service));
  const slots = model.services['edge-proxy']?.environment?.[setting];
  if (slots !== undefined && slots !== null && count > Number(slots))
    refuse(`the edge proxy has ${slots} slots for it; make down, then make up ${setting}=${count * 2}`);
}

/** scaleArgs are the arguments of `docker compose up` for these counts. */
export const scaleArgs = (wanted: Wanted): string[] =>
  Object.entries(wanted)
    .filter(([name]) => serviceOf(name) !== undefined)
    .flatMap(([name, count]) => ['--scale', `${name}=${count}`]);
