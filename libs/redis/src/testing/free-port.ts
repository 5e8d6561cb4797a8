import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the ports that systems hand out for outgoing connections (Linux from 32,768 on): a server that comes back on its
 * port must not find a connection of somebody else on it.
 */
const FROM = 20_000;
const BELOW = 32_000;
const TRIES_MAX = 100;

/**
 * A TCP port of 127.0.0.1 that was free a moment ago. Somebody else may take it before its user binds it,
 * so whoever starts a server on it must be ready to try another one.
 */
export async function freePort(): Promise<number> {
  for (let left = TRIES_MAX; ; left -= 1) {
    const port = FROM + Math.floor(Math.random() * (BELOW - FROM));
    const probe = createServer().listen({ port, host: '127.0.0.1', exclusive: true });
    try {
      await once(probe, 'listening');
    } catch (error) {
      if (left === 1) throw error;
      continue;
    }
    await new Promise((closed) => probe.close(closed));
    return port;
  }
}
