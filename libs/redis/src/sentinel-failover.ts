import { Redis, SentinelConnector } from 'ioredis';
import type { HostPort, RedisAddress } from './address.ts';
import { reconnectDelayMs } from './back-off.ts';
import { CONNECT_TIMEOUT_MS, DISCONNECT_TIMEOUT_MS, type RedisAccess, tlsOptions } from './client-options.ts';

type SentinelAddress = Extract<RedisAddress, { kind: 'sentinel' }>;
type Options = ConstructorParameters<typeof SentinelConnector>[0];

/** What the Sentinels publish a change of primary on: `<name> <old host> <old port> <new host> <new port>`. */
const CHANNEL = '+switch-master';

/** SentinelFailover follows the failovers that the Sentinels publish. */
export interface SentinelFailover {
  /** Its sockets, those of duplicates too, leave the old primary at once: it may hang and never close them itself. */
  readonly Connector: new (options: unknown) => SentinelConnector;
  close(): void;
}

/**
 * ioredis has a detector of its own (`failoverDetector`), which prints on the console for every Sentinel that is unreachable, asks
 * that one again after a minute only, and reconnects once for each Sentinel that publishes it.
 */
export function sentinelFailover(
  address: SentinelAddress,
  access: RedisAccess,
  random: () => number,
  refused: (message: string) => void,
): SentinelFailover {
  const followers = new Set<(primary: HostPort) => void>();

  const clients = address.sentinels.map(({ host, port }) => {
    const client = new Redis({
      host,
      port,
      ...(access.sentinelPassword === undefined ? {} : { password: access.sentinelPassword }),
      ...tlsOptions(address, access),
      connectTimeout: CONNECT_TIMEOUT_MS,
      disconnectTimeout: DISCONNECT_TIMEOUT_MS,
      enableReadyCheck: false,
      maxRetriesPerRequest: null,
      disableClientInfo: true,
      // It would do so without looking at the answer, and a refusal would be a rejection that nobody handles.
      autoResubscribe: false,
      retryStrategy: (attempt) => reconnectDelayMs(attempt, random),
    });
    client.on('error', () => undefined);
    client.on('message', (_channel: string, text: string) => {
      const [name, , , newHost = '', newPort] = text.split(' ');
      if (name !== address.name) return;
      for (const follow of followers) follow({ host: newHost, port: Number(newPort) });
    });
    client.on('ready', () => {
      client.subscribe(CHANNEL).catch((fault: Error) => {
        // A connection that was lost is followed by another.
        if (fault.name === 'ReplyError') refused(`${host}:${port}: SUBSCRIBE refused: ${fault.message}`);
      });
    });
    return client;
  });

  class FollowingConnector extends SentinelConnector {
    constructor(options: unknown) {
      super(options as Options);
    }

    override async connect(emit: Parameters<SentinelConnector['connect']>[0]) {
      const stream = await super.connect(emit);
      const follow = (primary: HostPort) => {
        // Every Sentinel publishes it, some of them later than another did.
        const there = stream.remoteAddress === primary.host && stream.remotePort === primary.port;
        if (!there) this.disconnect();
      };
      followers.add(follow);
      stream.once('close', () => followers.delete(follow));
      return stream;
    }
  }

  return {
    Connector: FollowingConnector,
    close() {
      for (const client of clients) client.disconnect();
    },
  };
}
