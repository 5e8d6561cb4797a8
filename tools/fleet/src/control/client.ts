import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { StackFault } from '../faults.ts';
import { lineReader } from '../keeper/protocol.ts';
import { readText } from '../logs/log-file.ts';
import type { StackPlace } from '../stack-place.ts';
import { parseReply, type Order } from './protocol.ts';

const CONNECT_WITHIN_MS = 2_000;

/** A connection to the running supervisor of a stack; undefined when none listens. */
export async function connectSupervisor(place: StackPlace): Promise<Socket | undefined> {
  const path = socketOf(readText(place.card));
  if (path === undefined) return undefined;
  const socket = connect(path);
  try {
    await once(socket, 'connect', { signal: AbortSignal.timeout(CONNECT_WITHIN_MS) });
    return socket;
  } catch {
    socket.destroy();
    return undefined;
  }
}

function socketOf(card: string | undefined): string | undefined {
  try {
    return card === undefined ? undefined : (JSON.parse(card) as { socket: string }).socket;
  } catch {
    return undefined;
  }
}

/** Sends one order and waits for its end, however long that takes. @throws StackFault what the supervisor answered */
export async function giveOrder(socket: Socket, order: Order, say: (line: string) => void): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.on(
    'data',
    lineReader((line) => {
      const reply = parseReply(line);
      if ('say' in reply) say(reply.say);
      else if ('done' in reply) resolve();
      else reject(new StackFault(reply.code === 'internal' ? 'supervisor_lost' : reply.code, reply.fault));
    }, 1024 * 1024),
  );
  const lost = (): void => reject(new StackFault('supervisor_lost', 'the supervisor ended before it had answered'));
  socket.once('error', lost);
  socket.once('close', lost);
  socket.write(`${JSON.stringify(order)}\n`);
  await promise.finally(() => socket.destroy());
}
