import type { StackPaths } from '../core/stack-paths.ts';
import { Bundles } from './bundles.ts';
import { consulSpec } from './consul.ts';
import { EdgeProxy } from './edge-proxy.ts';
import { haproxyProgram } from './haproxy-program.ts';
import type { ProcessContext } from './managed-process.ts';
import { redisSpec } from './redis.ts';
import { logOf, replicaSpecs } from './replica-specs.ts';
import { Replicas } from './replicas.ts';
import { Servers } from './servers.ts';
import type { SupervisorSettings } from '../core/supervisor-settings.ts';

/** FleetOfProcesses are the parts of a fleet, wired and not started. */
export interface FleetOfProcesses {
  readonly servers: Servers;
  readonly bundles: Bundles;
  readonly edgeProxy: EdgeProxy;
  readonly replicas: Replicas;
}

export function fleetParts(paths: StackPaths, settings: SupervisorSettings, context: ProcessContext): FleetOfProcesses {
  const { readyWithinMs, fsync } = settings;
  const specOfServer = (name: 'redis' | 'consul', { path, version }: NonNullable<SupervisorSettings['redis']>) => ({
    binary: path,
    version,
    dataDir: paths[name],
    logFile: logOf(paths, name),
    readyWithinMs,
  });
  const consul = settings.consul === null ? undefined : consulSpec(specOfServer('consul', settings.consul));
  const redis =
    settings.redis === null
      ? undefined
      : redisSpec({ ...specOfServer('redis', settings.redis), fsync, isDurable: !settings.isTemporary });
  const servers = new Servers(
    [redis, consul].filter((spec) => spec !== undefined),
    context,
  );
  const bundles = new Bundles(settings.appsDir);
  const edgeProxy: EdgeProxy = new EdgeProxy(
    haproxyProgram({
      ...context,
      paths,
      settings,
      edgeProxy: () => edgeProxy,
      consulDnsPort: () => consul?.dnsPort() ?? 0,
      readyCount: (service) => replicas.readyCount(service),
    }),
  );
  const specOf = replicaSpecs({ paths, settings, servers, edgeProxy, bundles });
  const replicas: Replicas = new Replicas({ ...context, specOf, logOf: (name) => logOf(paths, name) });
  return { servers, bundles, edgeProxy, replicas };
}
