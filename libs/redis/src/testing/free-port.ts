import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems hand out for outgoing connections (Linux from 32,768 on): a server that comes back on its
 * port must not find a connection of somebody else on it.
 */
const FROM = 20_000;
const BELOW = 32_000;
const TRIES_MAX = 100;
const CLAIM_ADDRESS = '127.77.0.1';
/** Free or not: who got it first may not listen on it yet, or may come back to it. */
const handedOut = new Set<number>();

/**
 * claim holds a port for this process and for as long as it lives: who draws ports in another one skips it, also while
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

/**
 * freePort gives a TCP port of 127.0.0.1 that was free a moment ago and that no process that lives was given by it. Others may
 * take it before its user binds it, so whoever starts a server on it must be ready to try another one.
 */
export async function freePort(random: () => number = Math.random): Promise<number> {
  for (let left = TRIES_MAX; ; left -= 1) {
    const port = FROM + Math.floor(random() * (BELOW - FROM));
    if (left === 0) throw new Error(`no free port after ${TRIES_MAX} tries`);
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    if (!(await claim(port))) continue;
    const probe = createServer().listen({ port, host: '127.0.0.1', exclusive: true });
    try {
      await once(probe, 'listening');
    } catch {
      continue;
    }
    await new Promise((closed) => probe.close(closed));
    return port;
  }
}
