import type { RedisOptions } from 'ioredis';
import { redisAddress } from './address.ts';
import { reconnectDelayMs } from './back-off.ts';

export interface ClientSettings {
  readonly url: string;
  readonly namespace: string;
  readonly commandTimeoutMs: number;
  readonly random: () => number;
}

const CONNECT_TIMEOUT_MS = 2_000;
const DISCONNECT_TIMEOUT_MS = 200;
/** Deadlines of silence after which a socket with unanswered commands is taken for dead and replaced. */
const SILENT_DEADLINES = 10;

/** How ioredis behaves for us: nothing waits in a queue, nothing is sent twice, and it reconnects for ever. */
export function clientOptions({ url, namespace, commandTimeoutMs, random }: ClientSettings): RedisOptions {
  return {
    ...redisAddress(url),
    connectionName: `nestfleet:${namespace}`,
    connectTimeout: CONNECT_TIMEOUT_MS,
    // A host that is gone closes nothing; TCP alone would find out after a quarter of an hour.
    socketTimeout: commandTimeoutMs * SILENT_DEADLINES,
    // How long the other side may take to agree that a connection ends.
    disconnectTimeout: DISCONNECT_TIMEOUT_MS,
    enableOfflineQueue: false,
    // A counted visit that is sent again counts twice.
    autoResendUnfulfilledCommands: false,
    // Commands of a lost connection are rejected with it instead of some reconnections later.
    maxRetriesPerRequest: 0,
    retryStrategy: (attempt) => reconnectDelayMs(attempt, random),
    // After a failover the old master is a replica: connect again, to whom is master now.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  };
}
