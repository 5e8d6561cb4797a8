import { join } from 'node:path';
import type { ReadyReport, ServiceName } from '@nestfleet/contracts';
import { replicaName } from '../core/services.ts';
import type { StackPlace } from '../stack-place.ts';
import type { Bundles } from './bundles.ts';
import { foreignRedisUrl, replicaEnv } from './environment.ts';
import type { FrontDoor } from './front-door.ts';
import type { KeptSpec } from './kept-process.ts';
import { replicaSpec } from './replica.ts';
import { readOrMakeSecrets } from './secrets.ts';
import type { Servers } from './servers.ts';
import type { SupervisorSettings } from './settings.ts';

export interface FleetParts {
  readonly place: StackPlace;
  readonly settings: SupervisorSettings;
  readonly servers: Servers;
  readonly door: FrontDoor;
  readonly bundles: Bundles;
}

export const logOf = (place: StackPlace, name: string): string => join(place.logs, `${name}.log`);

/** How each replica of this fleet is started. */
export function replicaSpecs(parts: FleetParts): (service: ServiceName, slot: number) => KeptSpec<ReadyReport> {
  const { place, settings, servers, door, bundles } = parts;
  return (service, slot) => {
    const name = replicaName(service, slot);
    const publicFd = (): number | null => (service === 'frontend-gateway' ? door.gatewayFd : null);
    return replicaSpec({
      service,
      slot,
      program: bundles.programOf(service),
      logFile: logOf(place, name),
      readyWithinMs: settings.readyWithinMs,
      publicFd,
      env: () => {
        bundles.noteStart(name, service);
        return replicaEnv(process.env, {
          slot,
          name,
          namespace: settings.namespace,
          redisUrl: foreignRedisUrl(process.env) ?? servers.urlOf('redis'),
          consulAddress: servers.urlOf('consul'),
          discoveryDir: place.discovery,
          compileCacheDir: place.compileCache,
          balancer: settings.balancers.join(','),
          hasPublicFd: publicFd() !== null,
          secrets: readOrMakeSecrets(place.secrets),
        });
      },
    });
  };
}
