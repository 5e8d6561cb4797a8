import type { FleetServer, ServiceName } from '@nestfleet/contracts';
import { makeSocketPath, type StackPlace } from '../stack-place.ts';
import type { DoorProgram, FrontDoor } from './front-door.ts';
import { haproxySpec, stateFileOf } from './haproxy.ts';
import { HaproxyControl } from './haproxy-control.ts';
import type { KeptContext } from './kept-process.ts';
import { logOf } from './replica-specs.ts';
import { Servers } from './servers.ts';
import type { SupervisorSettings } from './settings.ts';

export interface HaproxyParts extends KeptContext {
  readonly place: StackPlace;
  readonly settings: SupervisorSettings;
  readonly door: () => FrontDoor;
  readonly consulDnsPort: () => number;
  readonly readyCount: (service: ServiceName) => number;
}

/** HAProxy where it was chosen for the front door: kept running, its slots watched. */
export function haproxyDoor(parts: HaproxyParts): DoorProgram | undefined {
  const { place, settings, door, consulDnsPort } = parts;
  const { haproxy, readyWithinMs } = settings;
  if (haproxy === null) return undefined;
  const socket = makeSocketPath(place.dir, 'door');
  const spec = haproxySpec({
    binary: haproxy.path,
    version: haproxy.version,
    configDir: haproxy.configDir,
    dataDir: place.door,
    logFile: logOf(place, 'door'),
    socket,
    readyWithinMs,
    publicUrl: () => door().url ?? '',
    publicFd: () => door().fd,
    consulDnsPort,
  });
  const kept = new Servers([spec], parts);
  const control = new HaproxyControl({
    socket,
    stateFile: stateFileOf(place.door),
    signal: (signal) => kept.signal('door', signal),
    readyCount: parts.readyCount,
    say: (line) => parts.say(line),
    nowMs: () => parts.nowMs(),
  });
  return {
    start: async () => {
      await kept.startAll();
      control.watch();
    },
    stop: async () => {
      control.stopWatching();
      await kept.stopAll();
    },
    kill: () => kept.killAll(),
    reload: () => control.reload(),
    serving: (service) => control.serving(service),
    state: (): FleetServer[] => kept.state(),
  };
}
