import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

const LOCAL_ADDRESS = 1;
const REMOTE_ADDRESS = 2;
const STATE = 3;
const ESTABLISHED = '01';
const LOOK_EVERY_MS = 10;

/** How many connections the kernel lets wait for one socket, whatever that asks for. Linux only. */
export const waitingConnectionsMax = (): number => Number(readFileSync('/proc/sys/net/core/somaxconn', 'latin1'));

/** The kernel's own tables of this machine's TCP connections. */
const rows = (): string[][] =>
  ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    readFileSync(file, 'latin1')
      .split('\n')
      .map((line) => line.trim().split(/\s+/)),
  );

/** Connections to a port that the kernel has made, accepted or not. */
function connectedTo(port: number): number {
  const end = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const taken = rows().filter((row) => row[LOCAL_ADDRESS]?.endsWith(end) && row[STATE] === ESTABLISHED);
  // While others connect a row may be read twice.
  return new Set(taken.map((row) => row[REMOTE_ADDRESS])).size;
}

/**
 * `connectedDuringStall` opens connections to a port of 127.0.0.1 while this process stands still, so that a server of it
 * accepts none. Linux only. @returns how many there are once it is all of them, or after `limitMs`
 */
export async function connectedDuringStall(port: number, count: number, limitMs: number): Promise<number> {
  const sockets = Array.from({ length: count }, (): Socket => {
    // Who has no room for it may reset it.
    return connect(port, '127.0.0.1').on('error', () => undefined);
  });
  try {
    // Node begins to connect in the next tick.
    await new Promise<void>((resolve) => process.nextTick(resolve));
    const endMs = performance.now() + limitMs;
    let connected = connectedTo(port);
    while (connected < count && performance.now() < endMs) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_EVERY_MS);
      connected = connectedTo(port);
    }
    return connected;
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}
