import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';

/** When a client reconnects, milliseconds: with jitter, or all of a replica's would come in one moment. */
const RETRY_MIN_MS = 200;
const RETRY_JITTER_MS = 1_800;

/**
 * reconnectHint is the last bytes of a text/event-stream that ends because its server shuts down: how long to wait before
 * reconnecting. No event of its own, so that the client's last event id stays the one of the last event.
 */
export const reconnectHint = (random: () => number): string =>
  `: shutting down\nretry: ${RETRY_MIN_MS + Math.floor(random() * RETRY_JITTER_MS)}\n\n`;

/**
 * endGracefully yields events until they end, or until streams are to end (`Lifecycle.streamsEnd`): then the hint to
 * reconnect is the last of it. What is yielded is whole events, so a stream never ends within one.
 * @param random jitter of the hint, from 0 to 1
 * @default Math.random
 */
export async function* endGracefully(
  events: AsyncIterable<string>,
  streamsEnd: AbortSignal,
  random: () => number = Math.random,
): AsyncGenerator<string> {
  const source = events[Symbol.asyncIterator]();
  const ended = Promise.withResolvers<'end'>();
  const onEnd = (): void => ended.resolve('end');
  streamsEnd.addEventListener('abort', onEnd);
  try {
    for (;;) {
      const next = streamsEnd.aborted ? 'end' : await Promise.race([source.next(), ended.promise]);
      if (next === 'end') {
        yield reconnectHint(random);
        return;
      }
      if (next.done) return;
      yield next.value;
    }
  } finally {
    streamsEnd.removeEventListener('abort', onEnd);
    // Not awaited: a generator first ends what it waits for, which may be the next event.
    source.return?.().catch(() => undefined);
  }
}

/**
 * endWithClient lets an answer that has no end of its own end with its client, which shows by ending its own side: a page
 * that is closed looks just like that. A client that ends it with its request, or while it waits for an earlier answer, as no
 * page does, wants to read what comes.
 */
export function endWithClient(response: ServerResponse): void {
  const { socket } = response.req;
  // What is injected by a test has no connection.
  if (!(socket instanceof Socket) || socket.readableEnded) return;
  const end = (): void => {
    if (response.socket) response.destroy();
  };
  socket.once('end', end);
  response.once('close', () => socket.off('end', end));
}
