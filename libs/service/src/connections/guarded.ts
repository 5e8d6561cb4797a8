import type { Socket } from 'node:net';
import type { Logger } from '../logging.ts';

/** `guarded` makes a handler never throw: what it would throw is given to `onFault`, with what it was called with. */
export function guarded<A extends unknown[]>(
  handler: (...args: A) => void,
  onFault: (fault: Error, ...args: A) => void,
): (...args: A) => void {
  return (...args) => {
    try {
      handler(...args);
    } catch (fault) {
      onFault(fault instanceof Error ? fault : new Error(String(fault)), ...args);
    }
  };
}

/** `endConnection` ends the one connection whose handler failed, with one line: thrown on, it would end them all. */
export function endConnection(log: Pick<Logger, 'error'>, fault: Error, socket: Socket): void {
  log.error({ event: 'connection.fault', err: fault }, 'a handler failed, and its connection alone is ended');
  socket.destroy();
}
