import type { Finding } from '../rule.ts';
import type { Service } from './compose-file.ts';
import { isCatchAll, type TableRow } from './services-table.ts';
import type { Deployed, Balancer } from './topologies.ts';

/** What is reached from inside only, as all services are: a host port or a fixed name would allow one of it, and open it. */
const servers = ['redis', 'consul'];
const socketProxy = 'socket-proxy';

/** Faults of one combination of files, or of the base alone; each names the service, and the file is the last one. */
export function hardeningFindings(
  { balancer, files, compose }: Pick<Deployed, 'files' | 'compose'> & { readonly balancer?: Balancer },
  rows: readonly TableRow[],
): Finding[] {
  const file = files.at(-1) ?? '';
  const inside = rows.filter((row) => !(balancer === 'gateway' && isCatchAll(row)));
  const unpublished = [...servers, ...inside.map(({ name }) => name)];
  return [...compose.services].flatMap(([name, service]) =>
    [
      ...published(service, unpublished.includes(name)),
      ...socket(name, service, compose.internal),
      ...privileges(service),
    ].map((message) => ({ file, message: `${name} ${message}` })),
  );
}

function published({ ports, containerName }: Service, isInside: boolean): string[] {
  return [
    ...(ports.length > 0 && isInside ? ['publishes a port of the host, so it cannot be scaled and is open'] : []),
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
