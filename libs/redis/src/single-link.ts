import type { Redis } from 'ioredis';
import { HandshakeError } from './handshake.ts';
import { type Link, type LinkParts, type Route, takesCommands } from './link.ts';
import { LinkLog } from './link-log.ts';
import type { RedisLog } from './log.ts';

/** Replies of Redis begin with a word in capitals, what ioredis says itself does not. */
const SENTINEL_REFUSAL = / because ([A-Z]{2,} .+)/s;

/** It serves all there is. */
const SERVER = 'server';

/** Follows one socket: to a server, or to the primary that Sentinels name. */
export function singleLink(client: Redis, log: RedisLog, { newBreaker, onUp }: LinkParts): Link {
  const state = new LinkLog(log);
  const ended = Promise.withResolvers<void>();
  const route: Route = { node: client, breaker: newBreaker() };
  const routes = [route];

  client.on('ready', () => {
    route.breaker.recordSuccess();
    state.up();
    onUp(routes);
  });
  // Without a listener ioredis prints each fault on the console.
  client.on('error', (error: Error) =>
    error instanceof HandshakeError ? state.refused(error.message, error.kind) : state.fault(error.message),
  );
  client.on('sentinelError', ({ message }: Error) => {
    const refusal = SENTINEL_REFUSAL.exec(message)?.[1];
    if (refusal !== undefined) state.refused(`a Sentinel refused: ${refusal}`);
  });
  client.on('close', () => state.down());
  client.on('end', () => ended.resolve());

  return {
    client,
    sharded: false,
    route: () => (takesCommands(client) ? route : undefined),
    allRoutes: () => (takesCommands(client) ? routes : undefined),
    owners: () => [SERVER],
    ownerOf: () => SERVER,
    recordFailure: () => undefined,
    ready: state.ready,
    sockets: () => (client.stream ? [client.stream] : []),
    ended: ended.promise,
    reconnect(redis) {
      if (redis === client) state.expectClose();
      redis.disconnect(true);
    },
    beginClose: () => state.close(),
  };
}
