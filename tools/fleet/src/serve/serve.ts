import { basename, join } from 'node:path';
import { devServers } from './servers-in-use.ts';
import { messageOf } from '../servers/errors.ts';
import { appProcess } from './app-process.ts';
import { parentLost } from './parent-lost.ts';

export interface ServeOptions {
  /** The repository. */
  root: string;
  /** The app's folder from the root, e.g. apps/api. */
  dir: string;
  /** Where the bundler writes; absolute. */
  outDir: string;
  /** Starts the bundler; it reports every build. Answers how to end it. */
  watch: (report: { built(durationMs: number): void; failed(words: string): void }) => () => Promise<void>;
}

/** The graceful shutdown of every app without a load balancer in front takes less. */
const killAfterMs = 20_000;

/**
 * serveEnv is the environment of a developer's single replica, unless its own says otherwise. Only the HTTP port is a known
 * one.
 */
export function serveEnv(env: NodeJS.ProcessEnv, servers: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  // No load balancer needs a drain delay before a restart: there is no second replica to send to.
  const defaults = { NODE_ENV: 'development', METRICS_PORT: '0', RPC_PORT: '0', CONTROL_PORT: '0', BALANCER: 'none' };
  return { ...defaults, ...env, ...servers };
}

function say(line: string): void {
  console.log(`[serve] ${line}`);
}

function firstSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}

/** serve runs one app until a signal: answers the exit code, 1 when the app had crashed or the servers could not be had. */
export async function serve({ root, dir, outDir, watch }: ServeOptions): Promise<number> {
  const name = basename(dir);
  const stopRequested = Promise.race([firstSignal(), parentLost(process.env)]);
  const stopped = stopRequested.then(() => undefined);
  const servers = await Promise.race([stopped, devServers(root, process.env)]).catch((fault: unknown) => {
    say(`${name} cannot be served: ${messageOf(fault)}`);
    return null;
  });
  if (servers === null) return 1;
  if (servers === undefined) return 0;
  say(`Redis ${servers.env.REDIS_URL} and Consul ${servers.env.CONSUL_HTTP_ADDR}: ${servers.source}`);

  const env = serveEnv(process.env, servers.env);
  const app = appProcess({ name, script: join(outDir, 'main.js'), env, killAfterMs, say });
  const endWatch = watch({
    built: (durationMs) => {
      say(`${name} built in ${durationMs} ms`);
      void app.restart();
    },
    failed: (words) => say(`${name} does not build, the last good build stays:\n${words}`),
  });
  await stopRequested;
  say(`${name} is shutting down`);
  await Promise.all([app.stop(), endWatch()]);
  return app.crashed() ? 1 : 0;
}
