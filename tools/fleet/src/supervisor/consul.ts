import { consulFlags, type ConsulPorts, freeConsulPorts, isConsulReady } from '@nestfleet/discovery/testing';
import { startChild } from '../process/child.ts';
import { serverEnv } from './environment.ts';
import type { ServerSpec } from './server-spec.ts';

/** Load balancers that ask by DNS get only what passes, all of it, with a TTL of 0: as in deploy/compose.yaml. */
const DNS = 'dns_config { only_passing = true a_record_limit = 0 service_ttl { "*" = "0s" } node_ttl = "0s" }';

export interface ConsulSettings {
  readonly binary: string;
  readonly version: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly readyWithinMs: number;
}

/** consulSpec is Consul, whose ports stay the same over its restarts. */
export function consulSpec(settings: ConsulSettings): ServerSpec & { dnsPort(): number } {
  let ports: ConsulPorts = { http: 0, server: 0, serfLan: 0, dns: 0 };
  let fixed = false;
  const address = (): string => `http://127.0.0.1:${ports.http}`;
  return {
    name: 'consul',
    url: address,
    dnsPort: () => ports.dns,
    version: settings.version,
    logFile: settings.logFile,
    readyWithinMs: settings.readyWithinMs,
    graceMs: 10_000,
    start: async () => {
      if (!fixed) ports = await freeConsulPorts();
      const { binary: command, version, dataDir, logFile } = settings;
      const flags = consulFlags(version, { host: '127.0.0.1', ports, dataDir, hcl: [DNS] });
      return startChild({ command, args: [...flags, '-log-level=warn'], env: serverEnv(process.env), logFile });
    },
    probe: async () => {
      if (!(await isConsulReady(address(), settings.dataDir))) return undefined;
      fixed = true;
      return { ready: true };
    },
  };
}
