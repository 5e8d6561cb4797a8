import type { Random } from './back-off.ts';
import type { BalancerName } from './lb/balancers/balancer.ts';
import { balancerNamed } from './lb/balancers/choose.ts';
import { openCatalogHub } from './catalog-hub.ts';
import type { Catalog, Registrar } from './catalog.ts';
import { parseConsulAddresses } from './consul/addresses.ts';
import { agentSend, type ConsulTls } from './consul/agent-send.ts';
import { agentAsker } from './consul/agent.ts';
import { consulCatalog } from './consul/catalog.ts';
import { createConsulClient } from './consul/client.ts';
import { pingConsul } from './consul/ping.ts';
import { createPinnedClient } from './consul/pinned-client.ts';
import { consulRegistrar } from './consul/registrar.ts';
import { dnsCatalog } from './dns/catalog.ts';
import { parseNamePattern } from './dns/name-pattern.ts';
import { dnsResolver } from './dns/resolver.ts';
import { doubtingCatalog } from './membership/doubting-catalog.ts';
import { readinessProbe } from './membership/readiness-probe.ts';
import { fixedCatalog, type FixedInstance } from './fixed/catalog.ts';
import { fixedRegistrar } from './fixed/registrar.ts';
import { silentLog, type Log } from './log.ts';
import { diskMemory, noMemory } from './membership/disk-memory.ts';
import { rememberingCatalog } from './membership/remembering-catalog.ts';
import { askReplica } from './registration/ask-replica.ts';
import { createRegistration, type Registration } from './registration/registration.ts';
import { entryOf, type ServiceDefinition } from './registration/service-definition.ts';
import { loggingObserver, type UpstreamObserver } from './lb/upstream-observer.ts';
import { createUpstreams, type Upstreams } from './lb/upstreams.ts';

interface Remembered {
  /** Where the last good set of each service is kept for the next process; processes may share it. Default: nowhere. */
  cacheDir?: string | undefined;
}

export interface ConsulSource extends Remembered {
  kind: 'consul';
  /** With or without scheme, each may be a comma list. Any may answer a watch; a registration keeps to one of them. */
  addresses: readonly string[];
  token?: string | undefined;
  /** Where other services are looked for; default the datacenter of the agent that is asked. */
  datacenter?: string | undefined;
  /** For `https` addresses, what the system's own list of authorities does not cover. */
  tls?: ConsulTls | undefined;
}

export interface DnsSource extends Remembered {
  kind: 'dns';
  /** `{service}.service.consul` for SRV records, `{service}:3000` for addresses with a port. */
  name: string;
  /** `host` or `host:port`, asked over TCP; default those of the system. */
  servers?: readonly string[] | undefined;
}

export type DiscoverySource =
  | ConsulSource
  /** What registers there is none of ours: a registration counts as done. */
  | DnsSource
  /** Known addresses by service name, for hosts without a registry. */
  | { kind: 'fixed'; services: Readonly<Record<string, readonly FixedInstance[]>> };

export interface DiscoveryOptions {
  /** Default `power-of-two`. */
  balancer?: BalancerName;
  log?: Log;
  /** Default Math.random. */
  random?: Random;
  /** Told of ejections and retries of every upstream, those of `balancedBy` included; ejections go to the log without one. */
  observer?: UpstreamObserver;
}

export interface Discovery {
  readonly catalog: Catalog;
  readonly registrar: Registrar;
  readonly upstreams: Upstreams;
  /** The same discovery with upstreams of another balancer, over the same watches. Closing one closes both. */
  balancedBy(balancer: BalancerName): Discovery;
  /** Nothing is written before `announce()`. Throws DiscoveryError `invalid_settings`. */
  registration(definition: ServiceDefinition): Registration;
  /** Milliseconds that the registry took to name its leader. Rejects with DiscoveryError `catalog_unavailable`. */
  ping(): Promise<number>;
  /** Ends all watches and the upkeep of registrations. Does not deregister: that is `withdraw()`. */
  close(): void;
}

interface Backend {
  catalog: Catalog;
  registrar: Registrar;
  ping(): Promise<number>;
}

const nowMs = (): number => performance.now();

interface Means {
  log: Log;
  random: Random;
}

/** The last good set survives this process, and a great loss is asked about before it is believed. */
function believed(catalog: Catalog, { kind, cacheDir }: ConsulSource | DnsSource, { log, random }: Means): Catalog {
  const memory = cacheDir === undefined ? noMemory : diskMemory({ dir: cacheDir, log });
  const probe = readinessProbe(askReplica, kind === 'dns' ? 'service' : 'instance');
  return rememberingCatalog(doubtingCatalog(catalog, { probe, memory, random, log }), memory);
}

function consulBackend(source: ConsulSource, { log, random }: Means): Backend {
  const { token, datacenter, tls } = source;
  const addresses = parseConsulAddresses(source.addresses);
  // One for both: what a registration finds out about the path to an agent, a watch need not find out for itself.
  const access = { token, fetch: agentSend(tls) };
  const client = createConsulClient({ addresses, datacenter, ...access });
  return {
    catalog: believed(consulCatalog({ client, random }), source, { log, random }),
    registrar: consulRegistrar(createPinnedClient({ addresses, ask: agentAsker(access), log, nowMs })),
    ping: () => pingConsul(client),
  };
}

function dnsBackend(source: DnsSource, { log, random }: Means): Backend {
  const pattern = parseNamePattern(source.name);
  const resolve = dnsResolver(source.servers ?? [], random);
  return {
    catalog: believed(dnsCatalog({ pattern, resolve, random }), source, { log, random }),
    registrar: fixedRegistrar(),
    async ping() {
      const startMs = nowMs();
      await resolve(pattern.nameOf('ping'), 'A', AbortSignal.timeout(1_000));
      return nowMs() - startMs;
    },
  };
}

function backendOf(source: DiscoverySource, means: Means): Backend {
  if (source.kind === 'fixed') {
    return { catalog: fixedCatalog(source.services), registrar: fixedRegistrar(), ping: () => Promise.resolve(0) };
  }
  return source.kind === 'dns' ? dnsBackend(source, means) : consulBackend(source, means);
}

/** Connects to nothing by itself: the first watch or registration does. Throws DiscoveryError `invalid_settings`. */
export function openDiscovery(source: DiscoverySource, options: DiscoveryOptions = {}): Discovery {
  const { balancer = 'power-of-two', log = silentLog, random = Math.random, observer = {} } = options;
  const backend = backendOf(source, { log, random });
  const hub = openCatalogHub(backend.catalog);
  const stop = new AbortController();
  const upstreamsBy = (name: BalancerName): Upstreams => {
    const newBalancer = () => balancerNamed(name, random);
    return createUpstreams({
      catalog: hub,
      newBalancer,
      signal: stop.signal,
      random,
      observer: loggingObserver(log, name, observer),
    });
  };
  const discovery: Discovery = {
    catalog: hub,
    registrar: backend.registrar,
    upstreams: upstreamsBy(balancer),
    balancedBy: (name) => ({ ...discovery, upstreams: upstreamsBy(name) }),
    registration: (definition) =>
      createRegistration({
        entry: entryOf(definition),
        registrar: backend.registrar,
        ask: askReplica,
        log,
        random,
        nowMs,
        signal: stop.signal,
      }),
    ping: () => backend.ping(),
    close() {
      stop.abort();
      hub.close();
    },
  };
  return discovery;
}
