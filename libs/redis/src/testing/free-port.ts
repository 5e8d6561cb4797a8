import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems hand out for outgoing connections (Linux from 32,768 on): a server that comes back on its
 * port must not find a connection of somebody else on it.
 */
const FROM = 20_000;
const BELOW = 32_000;
const TRIES_MAX = 100;
/** Free or not: who got it first may not listen on it yet, or may come back to it. */
const handedOut = new Set<number>();

/**
 * A TCP port of 127.0.0.1 that was free a moment ago, each time another one. Another process may take it before its user
 * binds it, so whoever starts a server on it must be ready to try another one.
 */
export async function freePort(random: () => number = Math.random): Promise<number> {
  for (let left = TRIES_MAX; ; left -= 1) {
    const port = FROM + Math.floor(random() * (BELOW - FROM));
    if (left === 0) throw new Error(`no free port after ${TRIES_MAX} tries`);
    if (handedOut.has(port)) continue;
    const probe = createServer().listen({ port, host: '127.0.0.1', exclusive: true });
    try {
      handedOut.add(port);
      await once(probe, 'listening');
    } catch {
      handedOut.delete(port);
      continue;
    }
    await new Promise((closed) => probe.close(closed));
    return port;
  }
}
