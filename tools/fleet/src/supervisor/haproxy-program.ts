import type { FleetServer, ServiceName } from '@nestfleet/contracts';
import { makeSocketPath, type StackPaths } from '../core/stack-paths.ts';
import type { EdgeProxyProgram, EdgeProxy } from './edge-proxy.ts';
import { haproxySpec, stateFileOf } from './haproxy.ts';
import { HaproxyControl } from './haproxy-control.ts';
import type { ProcessContext } from './managed-process.ts';
import { logOf } from './replica-specs.ts';
import { Servers } from './servers.ts';
import type { SupervisorSettings } from '../core/supervisor-settings.ts';

export interface HaproxyParts extends ProcessContext {
  readonly paths: StackPaths;
  readonly settings: SupervisorSettings;
  readonly edgeProxy: () => EdgeProxy;
  readonly consulDnsPort: () => number;
  readonly readyCount: (service: ServiceName) => number;
}

/** haproxyProgram is HAProxy where it was chosen as the edge proxy: restarted when it exits, its slots watched. */
export function haproxyProgram(parts: HaproxyParts): EdgeProxyProgram | undefined {
  const { paths, settings, edgeProxy, consulDnsPort } = parts;
  const { haproxy, readyWithinMs } = settings;
  if (haproxy === null) return undefined;
  const socket = makeSocketPath(paths.dir, 'edge-proxy');
  const spec = haproxySpec({
    binary: haproxy.path,
    version: haproxy.version,
    configDir: haproxy.configDir,
    dataDir: paths.edgeProxy,
    logFile: logOf(paths, 'edge-proxy'),
    socket,
    readyWithinMs,
    publicUrl: () => edgeProxy().url ?? '',
    publicFd: () => edgeProxy().fd,
    consulDnsPort,
  });
  const server = new Servers([spec], parts);
  const control = new HaproxyControl({
    socket,
    stateFile: stateFileOf(paths.edgeProxy),
    signal: (signal) => server.signal('edge-proxy', signal),
    readyCount: parts.readyCount,
    say: (line) => parts.say(line),
    nowMs: () => parts.nowMs(),
  });
  return {
    start: async () => {
      await server.startAll();
      control.watch();
    },
    stop: async () => {
      control.stopWatching();
      await server.stopAll();
    },
    kill: () => server.killAll(),
    reload: () => control.reload(),
    serving: (service) => control.serving(service),
    state: (): FleetServer[] => server.state(),
  };
}
