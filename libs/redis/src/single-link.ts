import type { Redis } from 'ioredis';
import { type Link, type LinkParts, type Route, takesCommands } from './link.ts';
import { LinkLog } from './link-log.ts';
import type { RedisLog } from './log.ts';

/** Follows one socket: to a server, or to the primary that Sentinels name. */
export function singleLink(client: Redis, log: RedisLog, { newBreaker, onUp }: LinkParts): Link {
  const said = new LinkLog(log);
  const ended = Promise.withResolvers<void>();
  const route: Route = { node: client, breaker: newBreaker() };
  const routes = [route];

  client.on('ready', () => {
    route.breaker.answered();
    said.up();
    onUp(routes);
  });
  // Without a listener ioredis prints each fault on the console.
  client.on('error', (error: Error) => said.fault(error.message));
  client.on('close', () => said.down());
  client.on('end', () => ended.resolve());

  return {
    client,
    sharded: false,
    route: () => (takesCommands(client) ? route : undefined),
    whole: () => (takesCommands(client) ? routes : undefined),
    doubt: () => undefined,
    ready: said.ready,
    sockets: () => (client.stream ? [client.stream] : []),
    ended: ended.promise,
    leave: () => said.leave(),
  };
}
