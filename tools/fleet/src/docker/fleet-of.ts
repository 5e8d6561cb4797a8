import { SERVICE_NAMES, type ContainerFleet, type ContainerReplica, type ContainerServer } from '@nestfleet/contracts';
import { displayName, type Container } from './containers.ts';
import { publicUrlOf } from './addresses.ts';
import type { StackChoice } from './paths.ts';

const appOf = ({ service }: Container) => SERVICE_NAMES.find((name) => name === service);

/**
 * fleetOf puts the containers of a fleet into the shape of the local engine's state file.
 * @param instanceIds ServiceIDs by container id, where they are known
 */
export function fleetOf(
  containers: readonly Container[],
  { project, balancer, tls }: Pick<StackChoice, 'project' | 'balancer' | 'tls'>,
  instanceIds: ReadonlyMap<string, string> = new Map(),
): ContainerFleet {
  return {
    schema: 1,
    supervisor: null,
    project,
    balancer,
    namespace: containers.find(appOf)?.env['NAMESPACE'] ?? 'nf',
    public_url: publicUrlOf(containers, balancer, tls) ?? null,
    servers: containers.filter((each) => appOf(each) === undefined).map(serverOf),
    replicas: containers.flatMap((each) => {
      const service = appOf(each);
      return service === undefined ? [] : [replicaOf(each, instanceIds.get(each.id) ?? null)];
    }),
  };
}

const common = (container: Container) => ({
  pid: null,
  started_at_ms: container.startedAtMs,
  state: container.state,
  container: { id: container.id, name: container.name, address: container.address },
});

function replicaOf(container: Container, instanceId: string | null): ContainerReplica {
  const { service, number, env, servedBy, restarts } = container;
  return {
    ...common(container),
    service,
    slot: String(number),
    name: displayName(container),
    served_by: servedBy,
    instance_id: instanceId,
    ports: {
      http: portOf(env['PORT']),
      rpc: portOf(env['RPC_PORT']),
      control: portOf(env['CONTROL_PORT']),
      metrics: portOf(env['METRICS_PORT']),
    },
    restarts,
  };
}

const portOf = (word: string | undefined): number | null => Number(word) || null;

const innerUrls: Readonly<Record<string, string>> = { redis: 'redis://redis:6379', consul: 'http://consul:8500' };

function serverOf(container: Container): ContainerServer {
  const { service, image } = container;
  return {
    ...common(container),
    name: service,
    url: innerUrls[service] ?? null,
    version: image,
  };
}
