import { join } from 'node:path';
import type { ReadyReport, ServiceName } from '@nestfleet/contracts';
import { replicaName } from '../core/services.ts';
import type { StackPaths } from '../core/stack-paths.ts';
import type { Bundles } from './bundles.ts';
import { foreignRedisUrl, replicaEnv } from './environment.ts';
import type { EdgeProxy } from './edge-proxy.ts';
import type { ProcessSpec } from './managed-process.ts';
import { replicaSpec } from './replica.ts';
import { readOrMakeSecrets } from './secrets.ts';
import type { Servers } from './servers.ts';
import type { SupervisorSettings } from '../core/supervisor-settings.ts';

export interface FleetParts {
  readonly paths: StackPaths;
  readonly settings: SupervisorSettings;
  readonly servers: Servers;
  readonly edgeProxy: EdgeProxy;
  readonly bundles: Bundles;
}

export const logOf = (paths: StackPaths, name: string): string => join(paths.logs, `${name}.log`);

/** replicaSpecs answers how each replica of this fleet is started. */
export function replicaSpecs(parts: FleetParts): (service: ServiceName, slot: number) => ProcessSpec<ReadyReport> {
  const { paths, settings, servers, edgeProxy, bundles } = parts;
  return (service, slot) => {
    const name = replicaName(service, slot);
    const publicFd = (): number | null => (service === 'frontend-gateway' ? edgeProxy.gatewayFd : null);
    return replicaSpec({
      service,
      slot,
      program: bundles.programOf(service),
      logFile: logOf(paths, name),
      readyWithinMs: settings.readyWithinMs,
      publicFd,
      env: () => {
        bundles.recordStart(name, service);
        return replicaEnv(process.env, {
          slot,
          name,
          namespace: settings.namespace,
          redisUrl: foreignRedisUrl(process.env) ?? servers.urlOf('redis'),
          consulAddress: servers.urlOf('consul'),
          discoveryDir: paths.discovery,
          compileCacheDir: paths.compileCache,
          balancer: settings.balancers.join(','),
          hasPublicFd: publicFd() !== null,
          secrets: readOrMakeSecrets(paths.secrets),
        });
      },
    });
  };
}
