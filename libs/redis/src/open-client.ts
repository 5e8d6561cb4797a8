import { Cluster, Redis } from 'ioredis';
import { type ClientSettings, clusterOptions, redisOptions } from './client-options.ts';
import { clusterLink } from './cluster-link.ts';
import { strictHandshake } from './handshake.ts';
import type { Link, LinkParts } from './link.ts';
import { everySocket } from './every-socket.ts';
import type { RedisFault } from './faults.ts';
import type { RedisLog } from './log.ts';
import { oneWrite } from './one-write.ts';
import { replyWatch } from './reply-watch.ts';
import { sentinelFailover } from './sentinel-failover.ts';
import { singleLink } from './single-link.ts';

/** The client that an address asks for, connecting, and what is beside it. */
export interface OpenClient {
  readonly link: Link;
  /** One more client of the same kind, see `RedisConnection.retryingClient`. */
  retrying(silentMs: number): Redis | Cluster;
  /** Ends what is beside the client. */
  close(): void;
}

/** Follows the longest failover of a cluster; then a worker's own retries begin. */
const RETRYING_REDIRECTIONS_MAX = 600;
const RETRYING_DELAY_MS = 100;

/** What an open client tells of. */
export interface ClientParts extends LinkParts {
  /** A command was turned down on this socket, the workers' too. */
  readonly onFault: (fault: RedisFault, redis: Redis) => void;
}

export function openClient(settings: ClientSettings, log: RedisLog, { onFault, ...parts }: ClientParts): OpenClient {
  const { address, access, random } = settings;
  const watched = <C extends Redis | Cluster>(client: C): C =>
    everySocket(everySocket(strictHandshake(client, random), replyWatch({ onFault })), oneWrite);
  if (address.kind === 'cluster') {
    const nodes = address.nodes.map((each) => ({ ...each }));
    const client = watched(new Cluster(nodes, clusterOptions(settings)));
    return {
      link: clusterLink(client, log, { ...parts, random }),
      retrying: (silentMs) =>
        client.duplicate(nodes, {
          enableOfflineQueue: true,
          enableReadyCheck: true,
          retryDelayOnFailover: RETRYING_DELAY_MS,
          retryDelayOnClusterDown: RETRYING_DELAY_MS,
          retryDelayOnTryAgain: RETRYING_DELAY_MS,
          maxRedirections: RETRYING_REDIRECTIONS_MAX,
          redisOptions: { maxRetriesPerRequest: null, socketTimeout: silentMs },
        }),
      close: () => undefined,
    };
  }
  const unavailable = (fault: string) =>
    log.warn(
      { event: 'redis.failover_events_unavailable', fault },
      'a Sentinel does not publish failovers to us; a lost connection is the only sign left',
    );
  const failover = address.kind === 'sentinel' ? sentinelFailover(address, access, random, unavailable) : undefined;
  const following = failover === undefined ? {} : { Connector: failover.Connector };
  const client = watched(new Redis({ ...redisOptions(address, settings), ...following }));
  return {
    link: singleLink(client, log, parts),
    retrying: (silentMs) =>
      client.duplicate({
        maxRetriesPerRequest: null,
        enableOfflineQueue: true,
        autoResendUnfulfilledCommands: true,
        socketTimeout: silentMs,
      }),
    close: () => failover?.close(),
  };
}
