import type { StackPlace } from '../stack-place.ts';
import { Bundles } from './bundles.ts';
import { consulSpec } from './consul.ts';
import { FrontDoor } from './front-door.ts';
import { haproxyDoor } from './haproxy-door.ts';
import type { KeptContext } from './kept-process.ts';
import { redisSpec } from './redis.ts';
import { logOf, replicaSpecs } from './replica-specs.ts';
import { Replicas } from './replicas.ts';
import { Servers } from './servers.ts';
import type { SupervisorSettings } from './settings.ts';

/** What a fleet consists of, wired and not started. */
export interface FleetOfProcesses {
  readonly servers: Servers;
  readonly bundles: Bundles;
  readonly door: FrontDoor;
  readonly replicas: Replicas;
}

export function fleetParts(place: StackPlace, settings: SupervisorSettings, context: KeptContext): FleetOfProcesses {
  const { readyWithinMs, fsync } = settings;
  const specOfServer = (name: 'redis' | 'consul', { path, version }: SupervisorSettings['consul']) => ({
    binary: path,
    version,
    dataDir: place[name],
    logFile: logOf(place, name),
    readyWithinMs,
  });
  const consul = consulSpec(specOfServer('consul', settings.consul));
  const redis = settings.redis === null ? [] : [redisSpec({ ...specOfServer('redis', settings.redis), fsync })];
  const servers = new Servers([...redis, consul], context);
  const bundles = new Bundles(settings.appsDir);
  const door: FrontDoor = new FrontDoor(
    haproxyDoor({
      ...context,
      place,
      settings,
      door: () => door,
      consulDnsPort: () => consul.dnsPort(),
      readyCount: (service) => replicas.readyCount(service),
    }),
  );
  const specOf = replicaSpecs({ place, settings, servers, door, bundles });
  const replicas: Replicas = new Replicas({ ...context, specOf, logOf: (name) => logOf(place, name) });
  return { servers, bundles, door, replicas };
}
