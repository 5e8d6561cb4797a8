import { connect, type Socket } from 'node:net';

const SHORT = Buffer.from('GET / HTTP/1.1\r\nhost: x\r\n');
/** Below what we take of a head, 512 headers and 16 KiB of names and values, and near to both: it takes most memory. */
const LONG = Buffer.concat([SHORT, Buffer.from(`x-abcde: ${'1'.repeat(20)}\r\n`.repeat(505))]);
/** So many connections are being opened at a time. */
const AT_ONCE = 100;

export interface HalfHeads {
  /** Connections that were made, and sent half a head. */
  readonly sent: number;
  /** Those that the server has closed, or has not taken. */
  readonly closed: number;
  close(): void;
}

/**
 * openHalfHeads opens connections, one after the other in each of some lanes, sends half a head on each and leaves it at that.
 * None is given up by its client.
 * @param longCount the first so many are long
 * @param addresses to come from, in turn
 * @param onSent called after each
 * @param signal ends it early
 */
export async function openHalfHeads(
  port: number,
  { count, longCount }: { readonly count: number; readonly longCount: number },
  addresses: readonly string[],
  onSent: (sent: number) => void,
  signal: AbortSignal,
): Promise<HalfHeads> {
  const open = new Set<Socket>();
  let [sent, closed] = [0, 0];
  const openOne = (localAddress: string, head: Buffer): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, localAddress });
      open.add(socket);
      socket.resume().on('error', () => undefined);
      socket.once('close', () => {
        open.delete(socket);
        closed += 1;
        resolve();
      });
      socket.write(head, (error) => {
        if (!error) onSent((sent += 1));
        resolve();
      });
    });
  const lane = async (first: number): Promise<void> => {
    for (let at = first; at < count && !signal.aborted; at += AT_ONCE)
      await openOne(addresses[at % addresses.length] ?? '127.0.0.1', at < longCount ? LONG : SHORT);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, (_, first) => lane(first)));
  return {
    get sent() {
      return sent;
    },
    get closed() {
      return closed;
    },
    close: () => open.forEach((socket) => socket.destroy()),
  };
}
