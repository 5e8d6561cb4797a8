import type { Finding } from '../rule.ts';
import type { Service } from './compose-file.ts';
import type { Deployed, Balancer } from './topologies.ts';

/** What is scaled, or reached from inside only: a host port or a fixed name would allow one of it, and open it. */
const unpublished = ['api', 'frontend-gateway', 'worker', 'redis', 'consul'];
const socketProxy = 'socket-proxy';

/** Faults of one combination of files, or of the base alone; each names the service, and the file is the last one. */
export function hardeningFindings({
  balancer,
  files,
  compose,
}: Pick<Deployed, 'files' | 'compose'> & { readonly balancer?: Balancer }): Finding[] {
  const file = files.at(-1) ?? '';
  return [...compose.services].flatMap(([name, service]) =>
    [
      ...published(name, service, balancer === 'gateway'),
      ...socket(name, service, compose.internal),
      ...privileges(service),
    ].map((message) => ({ file, message: `${name} ${message}` })),
  );
}

function published(name: string, { ports, containerName }: Service, isEdge: boolean): string[] {
  const mayPublish = !unpublished.includes(name) || (isEdge && name === 'frontend-gateway');
  return [
    ...(ports.length > 0 && !mayPublish ? ['publishes a port of the host, so it cannot be scaled and is open'] : []),
    ...(containerName !== undefined ? ['has a container_name, so there can be one only'] : []),
  ];
}

function socket(name: string, { volumes, networks, ports }: Service, internal: readonly string[]): string[] {
  const holds = volumes.some((volume) => /docker\.sock|DOCKER_SOCKET/.test(volume));
  if (!holds) return [];
  if (name !== socketProxy) return [`has the engine's socket: only ${socketProxy} may`];
  const isShut = ports.length === 0 && networks.length > 0 && networks.every((network) => internal.includes(network));
  return isShut ? [] : ["has the engine's socket and a way out: give it internal networks only, and no ports"];
}

function privileges({ capDrop, securityOpt, readOnly, notHardened }: Service): string[] {
  const lacks = {
    cap_drop: !capDrop.includes('ALL'),
    security_opt: !securityOpt.some((option) => /^no-new-privileges(:true)?$/.test(option)),
    read_only: !readOnly,
  };
  const wanted = { cap_drop: 'cap_drop: [ALL]', security_opt: 'no-new-privileges', read_only: 'read_only: true' };
  return Object.entries(lacks)
    .filter(([key, isLacking]) => isLacking && !notHardened[key])
    .map(([key]) => `lacks ${wanted[key as keyof typeof wanted]} (or a reason in x-not-hardened)`);
}
