import { Cluster, Redis } from 'ioredis';
import { type ClientSettings, clusterOptions, redisOptions } from './client-options.ts';
import { clusterLink } from './cluster-link.ts';
import { strictHandshake } from './handshake.ts';
import type { Link, LinkParts } from './link.ts';
import type { RedisLog } from './log.ts';
import { sentinelSwitches } from './sentinel-switches.ts';
import { singleLink } from './single-link.ts';

/** The client that an address asks for, connecting, and what is beside it. */
export interface OpenClient {
  readonly link: Link;
  /** One more client of the same kind, see `RedisConnection.patientClient`. */
  patient(silentMs: number): Redis | Cluster;
  /** Ends what is beside the client. */
  close(): void;
}

/** Follows the longest failover of a cluster; then a worker's own patience begins. */
const PATIENT_REDIRECTIONS_MAX = 600;
const PATIENT_DELAY_MS = 100;

export function openClient(settings: ClientSettings, log: RedisLog, parts: LinkParts): OpenClient {
  const { address, access, random } = settings;
  if (address.kind === 'cluster') {
    const nodes = address.nodes.map((each) => ({ ...each }));
    const client = strictHandshake(new Cluster(nodes, clusterOptions(settings)));
    return {
      link: clusterLink(client, log, { ...parts, random }),
      patient: (silentMs) =>
        client.duplicate(nodes, {
          enableOfflineQueue: true,
          enableReadyCheck: true,
          retryDelayOnFailover: PATIENT_DELAY_MS,
          retryDelayOnClusterDown: PATIENT_DELAY_MS,
          retryDelayOnTryAgain: PATIENT_DELAY_MS,
          maxRedirections: PATIENT_REDIRECTIONS_MAX,
          redisOptions: { maxRetriesPerRequest: null, socketTimeout: silentMs },
        }),
      close: () => undefined,
    };
  }
  const unheard = (fault: string) =>
    log.warn(
      { event: 'redis.switches_unheard', fault },
      'a Sentinel does not tell of a failover; only its sign is left',
    );
  const switches = address.kind === 'sentinel' ? sentinelSwitches(address, access, random, unheard) : undefined;
  const following = switches === undefined ? {} : { Connector: switches.Connector };
  const client = strictHandshake(new Redis({ ...redisOptions(address, settings), ...following }));
  return {
    link: singleLink(client, log, parts),
    patient: (silentMs) =>
      client.duplicate({
        maxRetriesPerRequest: null,
        enableOfflineQueue: true,
        autoResendUnfulfilledCommands: true,
        socketTimeout: silentMs,
      }),
    close: () => switches?.close(),
  };
}
