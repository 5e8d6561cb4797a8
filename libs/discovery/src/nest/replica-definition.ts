import { hostname, networkInterfaces } from 'node:os';
import type { ServiceDefinition } from '../registration/service-definition.ts';
import type { RegistrationSettings } from './discovery.module-options.ts';

/** What is known of a replica once it listens, `port` null where it does not. */
export interface Bound {
  readonly port: number | null;
  readonly epoch: number;
}

/** replicaDefinition is what a replica registers itself with: its settings, and the defaults for the rest. */
export function replicaDefinition(settings: RegistrationSettings, { port, epoch }: Bound): ServiceDefinition {
  const { drainDelayMs: _, ports, slot = slotOf(port), ...told } = settings;
  return {
    version: '0.0.0',
    instanceName: `${settings.service}-${slot}`,
    address: ownAddress(),
    ...told,
    slot,
    epoch,
    port: told.port ?? port,
    ports: { rpc: null, control: null, metrics: null, ...ports },
  };
}

/** No two replicas of a machine listen on one port; a container has a host name of its own. */
const slotOf = (port: number | null): string => (port === null ? hostname() : `${hostname()}-${port}`);

function ownAddress(): string {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  const external = addresses.filter(({ internal, scopeid }) => !internal && !scopeid);
  return (external.find(({ family }) => family === 'IPv4') ?? external[0])?.address ?? '127.0.0.1';
}
