import { connect, type Socket } from 'node:net';
import { until } from '../client/until.ts';

export interface IdleConnections {
  /** Connections that are still open. */
  readonly open: number;
  /** Why connections broke that were not closed in order. */
  readonly faults: readonly string[];
  close(): void;
}

const ANSWERED_WITHIN_MS = 10_000;
const AT_ONCE = 100;

/** Connections over each of which one request was answered, and that then rest, as those of a pool do. */
export async function openIdleConnections(origin: string, path: string, count: number): Promise<IdleConnections> {
  const { hostname, port } = new URL(origin);
  const faults: string[] = [];
  const sockets: Socket[] = [];
  let open = 0;
  let answered = 0;
  for (let at = 0; at < count; at += 1) {
    const socket = connect(Number(port), hostname);
    sockets.push(socket);
    open += 1;
    socket.once('data', () => (answered += 1)).resume();
    socket.on('error', (error) => faults.push(error.message)).on('close', () => (open -= 1));
    socket.write(`GET ${path} HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`);
    if (sockets.length % AT_ONCE === 0)
      await until('idle connections are answered', () => answered === sockets.length, ANSWERED_WITHIN_MS, 5);
  }
  await until('idle connections are answered', () => answered === count, ANSWERED_WITHIN_MS, 5);
  return {
    get open() {
      return open;
    },
    faults,
    close: () => sockets.forEach((socket) => socket.destroy()),
  };
}
