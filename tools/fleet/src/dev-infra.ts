import { once } from 'node:events';
import { resolve } from 'node:path';
import { devServers } from './serve/servers-in-use.ts';
import { parentLost } from './serve/parent-lost.ts';
import { messageOf } from './servers/errors.ts';

// The continuous task under every `nx serve`: holds a reference to the dev servers until it is ended, and prints where they are.
// Each served app holds a reference of its own as well, because Nx ends this task with the first terminal that started it.

const root = resolve(import.meta.dirname, '../../..');
try {
  const servers = await devServers(root, process.env);
  console.log(`[infra] Redis ${servers.env.REDIS_URL} and Consul ${servers.env.CONSUL_HTTP_ADDR}: ${servers.source}`);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => once(process, signal));
  const stay = setInterval(() => undefined, 60_000);
  await Promise.race([...signals, parentLost(process.env)]);
  clearInterval(stay);
  process.exit(0);
} catch (fault) {
  console.error(`[infra] ${messageOf(fault)}`);
  process.exit(1);
}
