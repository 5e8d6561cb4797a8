import { resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { within } from '@nestfleet/timing';
import { startSupervisor } from '../cli/start-supervisor.ts';
import { acquireServers, connectSupervisor, sendRequest } from '../control/client.ts';
import { StackFault } from '../core/faults.ts';
import { makeStackPaths, stackPaths } from '../core/stack-paths.ts';
import type { SupervisorSettings } from '../core/supervisor-settings.ts';
import { findConsul, findRedisServer } from '../servers/find.ts';

/** ServersInUse are Redis and Consul for one process, as environment variables. */
export interface ServersInUse {
  readonly env: { readonly REDIS_URL: string; readonly CONSUL_HTTP_ADDR: string };
  /** Where they come from, for people. */
  readonly source: string;
  /** Ends them, others that use them or not. Resolves when they are gone. */
  end(): Promise<void>;
}

export interface ServersOptions {
  /** The folder of their supervisor. */
  readonly dir: string;
  /** How long they stay when nobody uses them. */
  readonly lingerMs: number;
  /** Nothing outlives them: the folder goes too. */
  readonly isTemporary: boolean;
}

const READY_WITHIN_MS = 60_000;
const END_WITHIN_MS = 20_000;
const LOSSES_MAX = 3;
const RETRY_MS = 200;
/** Leaves time for a restart of the last `nx serve`, no more: nothing is to be left running. */
const DEV_LINGER_MS = 500;

/**
 * serversInUse takes what the environment names, and what it does not name of a supervisor that runs no replica: one that
 * runs in the folder, else a new one. It has them as long as this process lives. @throws StackFault
 */
export async function serversInUse(options: ServersOptions, env: NodeJS.ProcessEnv): Promise<ServersInUse> {
  const { REDIS_URL, CONSUL_HTTP_ADDR } = env;
  const named = { REDIS_URL: REDIS_URL || undefined, CONSUL_HTTP_ADDR: CONSUL_HTTP_ADDR || undefined };
  if (named.REDIS_URL !== undefined && named.CONSUL_HTTP_ADDR !== undefined)
    return { env: serversOf(named), source: 'the environment', end: () => Promise.resolve() };
  // Found here and not by the supervisor: the progress of a download is printed where a person looks.
  const [redis, consul] = await Promise.all([
    named.REDIS_URL === undefined ? findRedisServer({ env }) : null,
    named.CONSUL_HTTP_ADDR === undefined ? findConsul({ env }) : null,
  ]);
  const { dir } = makeStackPaths(options.dir);
  const { isTemporary, lingerMs } = options;
  const settings: SupervisorSettings = {
    dir,
    appsDir: dir,
    namespace: 'nf',
    redis,
    consul,
    balancer: 'gateway',
    balancers: [],
    haproxy: null,
    fsync: isTemporary ? 'no' : 'everysec',
    readyWithinMs: READY_WITHIN_MS,
    isFleet: false,
    isTemporary,
  };
  const { redis_url, consul_http_addr } = await acquire(settings, lingerMs, env);
  return {
    env: serversOf({
      REDIS_URL: named.REDIS_URL ?? redis_url,
      CONSUL_HTTP_ADDR: named.CONSUL_HTTP_ADDR ?? consul_http_addr,
    }),
    source: 'shared by the dev servers of this clone',
    async end() {
      const socket = await connectSupervisor(stackPaths(dir));
      if (socket === undefined) return;
      // It ends them in any case, with the last reference.
      const ended = sendRequest(socket, { do: 'down' }, () => undefined).catch(() => undefined);
      await within(ended, END_WITHIN_MS);
    },
  };
}

/** What others started may lack what this environment does not name. */
function serversOf({ REDIS_URL, CONSUL_HTTP_ADDR }: Partial<Record<keyof ServersInUse['env'], string | undefined>>) {
  if (REDIS_URL === undefined || CONSUL_HTTP_ADDR === undefined)
    throw new StackFault(
      'other_fleet',
      `they were started where ${REDIS_URL ? 'CONSUL_HTTP_ADDR' : 'REDIS_URL'} is set`,
    );
  return { REDIS_URL, CONSUL_HTTP_ADDR };
}

/** A supervisor that is about to end, because its last reference has gone, is waited for and followed by another one. */
async function acquire(settings: SupervisorSettings, lingerMs: number, env: NodeJS.ProcessEnv) {
  const { NODE_OPTIONS: _, ...rest } = env;
  for (let losses = 0; ; losses += 1) {
    // Anew: a temporary folder goes with its supervisor.
    const paths = makeStackPaths(settings.dir);
    const socket = (await connectSupervisor(paths)) ?? (await startSupervisor(paths, settings, rest));
    try {
      return await acquireServers(socket, lingerMs, () => undefined);
    } catch (fault) {
      socket.destroy();
      const mayPass = fault instanceof StackFault && (fault.code === 'busy' || fault.code === 'supervisor_lost');
      if (!mayPass || losses === LOSSES_MAX) throw fault;
      await pause(RETRY_MS);
    }
  }
}

/**
 * devServers are those of `nx serve`: the environment's, else shared ones under `.stack/dev`. Never those of a fleet that is
 * up in this clone: a served app has other session keys and ends the sessions that it is sent, and `make down` would take its
 * servers.
 */
export function devServers(root: string, env: NodeJS.ProcessEnv): Promise<ServersInUse> {
  const dir = resolve(root, env['STACK_DIR'] || '.stack', 'dev');
  return serversInUse({ dir, lingerMs: DEV_LINGER_MS, isTemporary: false }, env);
}
