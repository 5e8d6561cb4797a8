import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';

/** When a client that was told to go comes back, milliseconds: spread, or all of a replica's come in one moment. */
const RETRY_MIN_MS = 200;
const RETRY_SPREAD_MS = 1_800;

/**
 * The last bytes of a text/event-stream that ends because its server leaves: how long to wait before coming back. No event
 * of its own, so that the client's last event id stays the one of the last event.
 */
export const farewell = (random: () => number): string =>
  `: leaving\nretry: ${RETRY_MIN_MS + Math.floor(random() * RETRY_SPREAD_MS)}\n\n`;

/**
 * Events until they end, or until streams are to end (`Lifecycle.streamsEnd`): then the hint to come back is the last of
 * it. What is yielded is whole events, so a stream never ends within one.
 */
export async function* endingWell(
  events: AsyncIterable<string>,
  streamsEnd: AbortSignal,
  random: () => number = Math.random,
): AsyncGenerator<string> {
  const source = events[Symbol.asyncIterator]();
  const told = Promise.withResolvers<'told'>();
  const tell = (): void => told.resolve('told');
  streamsEnd.addEventListener('abort', tell);
  try {
    for (;;) {
      const next = streamsEnd.aborted ? 'told' : await Promise.race([source.next(), told.promise]);
      if (next === 'told') {
        yield farewell(random);
        return;
      }
      if (next.done) return;
      yield next.value;
    }
  } finally {
    streamsEnd.removeEventListener('abort', tell);
    // Not awaited: a generator first ends what it waits for, which may be the next event.
    source.return?.().catch(() => undefined);
  }
}

/**
 * Lets an answer that has no end of its own end with its client, which shows by ending its own side: a page that is closed
 * looks just like that. A client that had ended it before, with its request, wants to read what comes.
 */
export function endWithClient(response: ServerResponse): void {
  const { socket } = response.req;
  // What is injected by a test has no connection.
  if (!(socket instanceof Socket) || socket.readableEnded) return;
  const end = (): void => void response.destroy();
  socket.once('end', end);
  response.once('close', () => socket.off('end', end));
}
