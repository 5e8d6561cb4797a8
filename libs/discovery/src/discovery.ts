import { deadlineSignal, type Random } from '@nestfleet/timing';
import type { BalancerName } from './lb/balancers/balancer.ts';
import { balancerNamed } from './lb/balancers/choose.ts';
import { openCatalogHub } from './catalog-hub.ts';
import type { Catalog, Registrar } from './catalog.ts';
import { parseConsulAddresses } from './consul/addresses.ts';
import { agentSend, type ConsulTls } from './consul/agent-send.ts';
import { agentAsker } from './consul/agent.ts';
import { consulCatalog } from './consul/catalog.ts';
import { createConsulClient, pingConsul } from './consul/client.ts';
import { createPinnedClient } from './consul/pinned-client.ts';
import { consulRegistrar } from './consul/registrar.ts';
import { dnsCatalog } from './dns/catalog.ts';
import { parseNamePattern } from './dns/name-pattern.ts';
import { DiscoveryError, reasonOf } from './errors.ts';
import { dnsResolver } from './dns/resolver.ts';
import { noSearchList, systemSearchList } from './dns/search-list.ts';
import { protectingCatalog } from './membership/protecting-catalog.ts';
import { readinessProbe } from './membership/readiness-probe.ts';
import { fixedCatalog, type FixedInstance } from './fixed/catalog.ts';
import { fixedRegistrar, noRegistration } from './fixed/registrar.ts';
import { serviceAccountAccess } from './kubernetes/access.ts';
import { sliceCatalog } from './kubernetes/catalog.ts';
import { createSliceClient } from './kubernetes/client.ts';
import { silentLog, type Log } from './log.ts';
import { diskCache, noCache } from './membership/disk-cache.ts';
import { cachingCatalog } from './membership/caching-catalog.ts';
import { askReplica } from './registration/ask-replica.ts';
import { rereadFile } from './reread-file.ts';
import { createRegistration, type Registration } from './registration/registration.ts';
import { entryOf, type ServiceDefinition } from './registration/service-definition.ts';
import { loggingObserver, type UpstreamObserver } from './lb/upstream-observer.ts';
import type { SlowStart } from './lb/traffic-share.ts';
import { createUpstreams, type Upstreams } from './lb/upstreams.ts';

/** CachedSource is a source whose answers are kept for the next process. */
export interface CachedSource {
  /**
   * Folder of the last-known-good cache: the last good set of each service, for the next process. Processes may share it.
   *
   * @default none, nothing is stored
   */
  cacheDir?: string | undefined;
}

export interface ConsulSource extends CachedSource {
  kind: 'consul';
  /** With or without scheme, each may be a comma list. Any may answer a watch; a registration keeps to one of them. */
  addresses: readonly string[];
  token?: string | undefined;
  /** Path of a file that holds the token, in place of `token`. Read again when it changes. */
  tokenFile?: string | undefined;
  /**
   * Where other services are looked for.
   *
   * @default the datacenter of the agent that is asked
   */
  datacenter?: string | undefined;
  /** For `https` addresses, what the system's own list of authorities does not cover. */
  tls?: ConsulTls | undefined;
}

export interface DnsSource extends CachedSource {
  kind: 'dns';
  /** `{service}.service.consul` or `_http._tcp.{service}.test` for SRV records, `{service}:3000` for addresses with a port. */
  name: string;
  /**
   * `host` or `host:port`, asked over TCP.
   *
   * @default those of the system
   */
  servers?: readonly string[] | undefined;
  /**
   * Domains that a name without a trailing dot is tried with, as in resolv.conf(5): last where it has a dot, else first.
   *
   * @default those of the system (with its `ndots`) where its servers are asked, else none
   */
  search?: readonly string[] | undefined;
  /** Ports of single services, whose names then have addresses. @default that of the name, else SRV records */
  ports?: Readonly<Record<string, number>> | undefined;
}

export interface KubernetesSource extends CachedSource {
  kind: 'kubernetes';
  /**
   * The API server: `https://host:port`, or `http://` for a proxy to it, to which no token is sent.
   *
   * @default 'https://kubernetes.default.svc'
   */
  server?: string | undefined;
  /**
   * Where the Services are whose EndpointSlices are read.
   *
   * @default that of the pod
   */
  namespace?: string | undefined;
  /**
   * Folder with `token`, `ca.crt` and `namespace`, read again when they change.
   *
   * @default '/var/run/secrets/kubernetes.io/serviceaccount'
   */
  serviceAccountDir?: string | undefined;
}

export type DiscoverySource =
  | ConsulSource
  /** Registration is somebody else's there: ours counts as done. */
  | DnsSource
  /** The pod's readiness is the registration. An instance has the id of its pod, so `instanceName` should be that name. */
  | KubernetesSource
  /** Known addresses by service name, for hosts without a registry. */
  | { kind: 'fixed'; services: Readonly<Record<string, readonly FixedInstance[]>> };

export interface DiscoveryOptions {
  /** @default 'power-of-two' */
  balancer?: BalancerName;
  /** @default silentLog */
  log?: Log;
  /** @default Math.random */
  random?: Random;
  /** Gets the events of every upstream, those of `balancedBy` included; ejections are logged without one too. */
  observer?: UpstreamObserver;
  /** How instances that come later get their share of the traffic. */
  slowStart?: SlowStart;
  /**
   * Zone of this process: instances with the same `zone` in their meta are preferred.
   *
   * @default none is preferred
   */
  zone?: string | undefined;
}

export interface Discovery {
  readonly catalog: Catalog;
  readonly registrar: Registrar;
  readonly upstreams: Upstreams;
  /** The same discovery with upstreams of another balancer, over the same watches. Closing one closes both. */
  balancedBy(balancer: BalancerName): Discovery;
  /** Nothing is written before `announce()`. Throws DiscoveryError `invalid_settings`. */
  registration(definition: ServiceDefinition): Registration;
  /**
   * Milliseconds that the registry took to answer. Rejects with DiscoveryError `catalog_unavailable`, and with what
   * keeps a registration of this discovery from being written, such as a token that may not (`catalog_refused`).
   */
  ping(): Promise<number>;
  /** Ends all watches and the reconciliation of registrations. Does not deregister: that is `withdraw()`. */
  close(): void;
}

interface Backend {
  catalog: Catalog;
  /** Undefined where nothing of ours is registered. */
  registrar?: Registrar;
  ping(): Promise<number>;
}

const nowMs = (): number => performance.now();

interface BackendOptions {
  log: Log;
  random: Random;
}

/** The catalog with a last-known-good cache and mass-loss protection around it. */
function protectedCatalog(
  catalog: Catalog,
  { kind, cacheDir }: ConsulSource | DnsSource | KubernetesSource,
  { log, random }: BackendOptions,
): Catalog {
  const cache = cacheDir === undefined ? noCache : diskCache({ dir: cacheDir, log });
  const probe = readinessProbe(askReplica, kind === 'dns' ? 'service' : 'instance');
  return cachingCatalog(protectingCatalog(catalog, { probe, cache, random, log }), cache);
}

function tokenOf({ token, tokenFile: path }: ConsulSource): string | (() => string) | undefined {
  if (path === undefined) return token;
  try {
    return rereadFile(path);
  } catch (cause) {
    throw new DiscoveryError('invalid_settings', `the token of Consul: ${reasonOf(cause)}`, { cause });
  }
}

function consulBackend(source: ConsulSource, { log, random }: BackendOptions): Backend {
  const { datacenter, tls } = source;
  const addresses = parseConsulAddresses(source.addresses);
  // One for both: what a registration finds out about the path to an agent, a watch need not find out for itself.
  const access = { token: tokenOf(source), fetch: agentSend(tls) };
  const client = createConsulClient({ addresses, datacenter, ...access });
  return {
    catalog: protectedCatalog(consulCatalog({ client, random }), source, { log, random }),
    registrar: consulRegistrar(createPinnedClient({ addresses, ask: agentAsker(access), log, nowMs })),
    ping: () => pingConsul(client),
  };
}

function dnsBackend(source: DnsSource, { log, random }: BackendOptions): Backend {
  const { servers = [], search, ports } = source;
  const searchList =
    search === undefined && servers.length === 0 ? systemSearchList() : { ...noSearchList, domains: search ?? [] };
  const pattern = parseNamePattern(source.name, { ports, searchList });
  const resolve = dnsResolver(servers, random);
  return {
    catalog: protectedCatalog(dnsCatalog({ pattern, resolve, log, random }), source, { log, random }),
    async ping() {
      const startMs = nowMs();
      await resolve(pattern.namesOf('ping')[0]!, 'A', deadlineSignal(1_000));
      return nowMs() - startMs;
    },
  };
}

function kubernetesBackend(source: KubernetesSource, options: BackendOptions): Backend {
  const client = createSliceClient(serviceAccountAccess(source));
  const catalog = protectedCatalog(sliceCatalog({ client, random: options.random }), source, options);
  return { catalog, ping: () => client.ping() };
}

function backendOf(source: DiscoverySource, options: BackendOptions): Backend {
  if (source.kind === 'fixed') {
    return { catalog: fixedCatalog(source.services), ping: () => Promise.resolve(0) };
  }
  if (source.kind === 'kubernetes') return kubernetesBackend(source, options);
  return source.kind === 'dns' ? dnsBackend(source, options) : consulBackend(source, options);
}

/** Connects to nothing by itself: the first watch or registration does. Throws DiscoveryError `invalid_settings`. */
export function openDiscovery(source: DiscoverySource, options: DiscoveryOptions = {}): Discovery {
  const { balancer = 'power-of-two', log = silentLog, random = Math.random, observer = {}, slowStart, zone } = options;
  const backend = backendOf(source, { log, random });
  const { registrar } = backend;
  const hub = openCatalogHub(backend.catalog, log);
  const stop = new AbortController();
  const registrations: Registration[] = [];
  const upstreamsBy = (name: BalancerName): Upstreams => {
    const newBalancer = () => balancerNamed(name, random);
    return createUpstreams({
      catalog: hub,
      newBalancer,
      signal: stop.signal,
      random,
      observer: loggingObserver(log, name, observer),
      slowStart,
      zone,
    });
  };
  const discovery: Discovery = {
    catalog: hub,
    registrar: registrar ?? fixedRegistrar(),
    upstreams: upstreamsBy(balancer),
    balancedBy: (name) => ({ ...discovery, upstreams: upstreamsBy(name) }),
    registration(definition) {
      const entry = entryOf(definition);
      if (registrar === undefined)
        return noRegistration(source.kind === 'kubernetes' ? definition.instanceName : entry.id);
      const { signal } = stop;
      const registration = createRegistration({ entry, registrar, ask: askReplica, log, random, nowMs, signal });
      registrations.push(registration);
      return registration;
    },
    async ping() {
      const ms = await backend.ping();
      const failed = registrations.find(({ error }) => error !== undefined);
      if (failed?.error) throw failed.error;
      return ms;
    },
    close() {
      stop.abort();
      hub.close();
    },
  };
  return discovery;
}
