import type { Redis } from 'ioredis';
import { RedisUnavailableError } from './errors.ts';
import type { RedisLog } from './log.ts';

/** What is known about the connection of a client. */
export interface Link {
  /** A command that is written now goes out. */
  isUp(): boolean;
  /** The first connection. */
  readonly ready: Promise<void>;
  /** The client was closed for good. */
  readonly ended: Promise<void>;
  /** What goes down from now on goes down on purpose. */
  leave(): void;
}

/** Follows the client and logs each change once: a Redis that is away for an hour is two lines, not thousands. */
export function watchLink(client: Redis, log: RedisLog, onUp: () => void): Link {
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  // Nobody has to ask for it.
  ready.promise.catch(() => undefined);
  let said: 'up' | 'down' | 'leaving' | undefined;
  let fault: string | undefined;

  client.on('ready', () => {
    onUp();
    fault = undefined;
    log.info({ event: 'redis.up' }, 'connected to Redis');
    said = 'up';
    ready.resolve();
  });
  // Without a listener ioredis prints each fault on the console.
  client.on('error', (error: Error) => {
    fault ??= error.message;
    if (said === undefined) sayDown();
  });
  client.on('close', () => {
    if (said === 'up') sayDown();
  });
  client.on('end', () => ended.resolve());

  function sayDown(): void {
    said = 'down';
    log.warn({ event: 'redis.down', fault }, 'Redis is away, trying to reconnect');
  }

  return {
    isUp: () => client.status === 'ready' && client.stream.writable,
    ready: ready.promise,
    ended: ended.promise,
    leave() {
      said = 'leaving';
      ready.reject(new RedisUnavailableError('closed before Redis was reached'));
    },
  };
}
