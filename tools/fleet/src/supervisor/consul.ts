import { join } from 'node:path';
import { freePorts } from '@nestfleet/discovery/testing';
import { startChild } from '../process/child.ts';
import { readText } from '../logs/log-file.ts';
import { serverEnv } from './environment.ts';
import type { ServerSpec } from './server-spec.ts';

const ANSWER_WITHIN_MS = 1_000;

export interface ConsulSettings {
  readonly binary: string;
  readonly version: string;
  readonly dataDir: string;
  readonly logFile: string;
  readonly readyWithinMs: number;
}

interface Ports {
  readonly http: number;
  readonly server: number;
  readonly serfLan: number;
  readonly dns: number;
}

/** consulArguments are those of one server on loopback. */
export function consulArguments({ http, server, serfLan, dns }: Ports, version: string, dataDir: string): string[] {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  // Without the low raft multiplier the first leader takes 5 to 9 s in place of 1.5: the default is for small cloud machines.
  const settings = [
    'performance { raft_multiplier = 1 }',
    'disable_update_check = true',
    // By default 200, and here every replica comes from one address.
    'limits { http_max_conns_per_client = 4000 }',
    // Load balancers that ask by DNS get only what passes, all of it, with a TTL of 0: as in deploy/compose.yaml.
    'dns_config { only_passing = true a_record_limit = 0 service_ttl { "*" = "0s" } node_ttl = "0s" }',
  ];
  return [
    'agent',
    '-server',
    '-bootstrap-expect=1',
    '-ui',
    '-node=nestfleet',
    `-data-dir=${dataDir}`,
    '-bind=127.0.0.1',
    '-advertise=127.0.0.1',
    '-client=127.0.0.1',
    `-http-port=${http}`,
    `-server-port=${server}`,
    `-serf-lan-port=${serfLan}`,
    `-dns-port=${dns}`,
    '-serf-wan-port=-1',
    '-grpc-port=-1',
    // Opened by default since 1.14, where two agents of one machine would clash; older ones do not know it.
    ...(major > 1 || minor >= 14 ? ['-grpc-tls-port=-1'] : []),
    '-log-level=warn',
    ...settings.flatMap((setting) => ['-hcl', setting]),
  ];
}

/** consulSpec is Consul, whose ports stay the same over its restarts. */
export function consulSpec(settings: ConsulSettings): ServerSpec & { dnsPort(): number } {
  let ports: Ports = { http: 0, server: 0, serfLan: 0, dns: 0 };
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
      if (!fixed) {
        const [http = 0, server = 0, serfLan = 0, dns = 0] = await freePorts(4);
        ports = { http, server, serfLan, dns };
      }
      const args = consulArguments(ports, settings.version, settings.dataDir);
      return startChild({ command: settings.binary, args, env: serverEnv(process.env), logFile: settings.logFile });
    },
    probe: async () => {
      // A leader alone is not enough: a moment later the catalog still lacks the node, and registrations look lost. Its
      // id is compared because another agent may sit on the port while ours is about to fail on it.
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      const answer = await fetch(`${address()}/v1/health/service/consul?passing`, { signal });
      if (!answer.ok) return undefined;
      const entries = (await answer.json()) as { Node: { ID: string } }[];
      const nodeId = readText(join(settings.dataDir, 'node-id'))?.trim();
      if (!entries.some((entry) => entry.Node.ID === nodeId)) return undefined;
      fixed = true;
      return { ready: true };
    },
  };
}
