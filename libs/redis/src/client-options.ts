import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { ClusterOptions, RedisOptions } from 'ioredis';
import type { RedisAddress } from './address.ts';
import { reconnectDelayMs } from './back-off.ts';

/** RedisAccess holds credentials that a URL cannot carry. */
export interface RedisAccess {
  /** Certificates (PEM) of the authorities behind a `rediss` server. @default those of the system */
  readonly ca?: string | undefined;
  /** Of the Sentinels; user and password of the URL are for Redis itself. */
  readonly sentinelPassword?: string | undefined;
}

export interface ClientSettings {
  readonly address: RedisAddress;
  readonly access: RedisAccess;
  readonly namespace: string;
  readonly commandTimeoutMs: number;
  readonly random: () => number;
}

export const CONNECT_TIMEOUT_MS = 2_000;
export const DISCONNECT_TIMEOUT_MS = 200;
/** A Sentinel or node that does not say where things are in this time is skipped for the next. */
const ASK_TIMEOUT_MS = 500;
/** Deadlines of silence after which a socket with unanswered commands is taken for dead and replaced. */
const SILENT_DEADLINES = 10;
/** Slots that move make themselves known (MOVED); this is for nodes that nobody asks. */
const SLOTS_REFRESH_INTERVAL_MS = 30_000;
/** A command that is sent on more often than this runs into a cluster that does not agree with itself. */
const REDIRECTIONS_MAX = 8;
const TRY_AGAIN_AFTER_MS = 20;

export function tlsOptions({ tls }: RedisAddress, { ca }: RedisAccess): { tls?: ConnectionOptions } {
  return tls ? { tls: ca === undefined ? {} : { ca } } : {};
}

/** One socket to Redis: nothing waits in a queue, nothing is sent twice. */
function socketOptions(settings: ClientSettings): Omit<RedisOptions, 'enableOfflineQueue' | 'retryStrategy'> {
  const { address, access, namespace, commandTimeoutMs } = settings;
  const { username, password } = address;
  return {
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...tlsOptions(address, access),
    connectionName: `nestfleet:${namespace}`,
    // A Redis before 7.2 refuses it, and a refusal at connect ends the connection.
    disableClientInfo: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // A host that is gone closes nothing; TCP alone would find out after a quarter of an hour.
    socketTimeout: commandTimeoutMs * SILENT_DEADLINES,
    // How long the other side may take to agree that a connection ends.
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    // A counted visit that is sent again counts twice.
    autoResendUnfulfilledCommands: false,
    // Commands of a lost connection are rejected with it instead of some reconnections later.
    maxRetriesPerRequest: 0,
  };
}

/** A server, or the primary that Sentinels name: reconnects for ever. */
export function redisOptions(
  address: Exclude<RedisAddress, { kind: 'cluster' }>,
  settings: ClientSettings,
): RedisOptions {
  const { access, random } = settings;
  const delayMs = (attempt: number) => reconnectDelayMs(attempt, random);
  const common: RedisOptions = {
    ...socketOptions(settings),
    enableOfflineQueue: false,
    retryStrategy: delayMs,
  };
  if (address.kind === 'single') {
    const { host, port, db } = address;
    const named = common.tls && isIP(host) === 0 ? { tls: { ...common.tls, servername: host } } : {};
    return { ...common, ...named, host, port, db };
  }
  return {
    ...common,
    db: address.db,
    sentinels: address.sentinels.map((each) => ({ ...each })),
    name: address.name,
    sentinelCommandTimeout: ASK_TIMEOUT_MS,
    ...(access.sentinelPassword === undefined ? {} : { sentinelPassword: access.sentinelPassword }),
    ...(common.tls === undefined ? {} : { sentinelTLS: common.tls, enableTLSForSentinelMode: true }),
    // None of them answers: ioredis gives up for ever unless told when to ask again.
    sentinelRetryStrategy: delayMs,
  };
}

/**
 * The nodes of a cluster. ioredis would send a command of a lost connection again (`retryDelayOnFailover`) and hold one
 * back while the cluster is down: both are off. What MOVED, ASK and TRYAGAIN turn away has not run and is sent on.
 */
export function clusterOptions(settings: ClientSettings): ClusterOptions {
  return {
    redisOptions: socketOptions(settings),
    enableOfflineQueue: false,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    retryDelayOnTryAgain: TRY_AGAIN_AFTER_MS,
    maxRedirections: REDIRECTIONS_MAX,
    slotsRefreshTimeout: ASK_TIMEOUT_MS,
    slotsRefreshInterval: SLOTS_REFRESH_INTERVAL_MS,
    clusterRetryStrategy: (attempt) => reconnectDelayMs(attempt, settings.random),
    // It asks through a node that is only being connected to, and starts all over when that is refused. The link of this
    // lib asks each primary itself, once all are connected.
    enableReadyCheck: false,
    // ioredis looks names up and goes on by address, which the certificate of the host does not know.
    dnsLookup: (host, found) => found(null, host),
  };
}
