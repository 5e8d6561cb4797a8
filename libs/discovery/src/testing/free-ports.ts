import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Below the ports that systems hand out for outgoing connections (Linux from 32,768 on, others higher): while a server is
 * being restarted, a connection of somebody else could sit on one of those, and for as long as it is kept alive.
 */
const FROM = 20_000;
const BELOW = 32_000;
const TRIES_MAX = 100;
const CLAIM_ADDRESS = '127.77.0.1';
/** Free or not: who got it first may not listen on it yet, or may come back to it. */
const handedOut = new Set<number>();

/**
 * claim holds a port for this process and for as long as it lives: who draws ports in another one passes over it, also while
 * the server on it is being restarted. Over UDP on an address that nobody uses, so that the port itself stays free. Where the
 * system has no such address (macOS) there is nothing to hold.
 */
function claim(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket('udp4')
      .unref()
      .once('listening', () => resolve(true))
      .once('error', (error: NodeJS.ErrnoException) => {
        socket.close();
        resolve(error.code !== 'EADDRINUSE');
      })
      .bind({ port, address: CLAIM_ADDRESS, exclusive: true });
  });
}

async function hold(random: () => number): Promise<Server> {
  for (let left = TRIES_MAX; ; left -= 1) {
    const port = FROM + Math.floor(random() * (BELOW - FROM));
    if (left === 0) throw new Error(`no free port after ${TRIES_MAX} tries`);
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    if (!(await claim(port))) continue;
    const server = createServer().listen({ port, host: '127.0.0.1', exclusive: true });
    try {
      await once(server, 'listening');
      return server;
    } catch {
      // Taken: the next one.
    }
  }
}

/**
 * freePorts gives ports of 127.0.0.1 that are free now and that no process that lives was given by it, for servers that
 * must say theirs or come back on the same one. Others may take one first: who starts a server on it tries again with others.
 */
export async function freePorts(count: number, random: () => number = Math.random): Promise<number[]> {
  const held: Server[] = [];
  try {
    while (held.length < count) held.push(await hold(random));
    return held.map((server) => (server.address() as { port: number }).port);
  } finally {
    await Promise.all(held.map((server) => once(server.close(), 'close')));
  }
}
