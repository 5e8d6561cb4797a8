import { LIFELINE_FD, PUBLIC_FD } from '../process/child.ts';
import { GRACE_MS } from './replica.ts';
import type { Secrets } from './secrets.ts';

/** What npm, make, Nx and Jest leave in the environment: it is about the command that started us, not about the fleet. */
const foreign = /^(npm_|NX_|JEST_|MAKE|MFLAGS$|NODE_OPTIONS$|NODE_CHANNEL_|STACK_|OLDPWD$|_$)/;

/** serverEnv is the caller's environment, for a server: only what tells a program where things are. */
export const serverEnv = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name) && !name.startsWith('CONSUL_')));

/**
 * foreignRedisUrl is that of a Redis that somebody else runs, for the fleet to use in place of one of its own. From the
 * environment and not from the supervisor's argument, which every user of the machine can read: there may be a password in
 * it.
 */
export const foreignRedisUrl = (env: NodeJS.ProcessEnv): string | undefined => env['STACK_REDIS_URL'] || undefined;

export interface ReplicaSettings {
  readonly slot: number;
  readonly name: string;
  readonly namespace: string;
  readonly redisUrl: string;
  readonly consulAddress: string;
  readonly discoveryDir: string;
  readonly compileCacheDir: string;
  readonly balancer: string;
  readonly hasPublicFd: boolean;
  readonly secrets: Secrets;
}

/**
 * replicaEnv is the environment of one replica. The caller's own settings (LOG_LEVEL, RATE_LIMIT, …) pass through; what makes
 * it this replica of this fleet is set here. NODE_ENV is production, so that what runs here is what runs there, with secrets
 * that were made for this fleet alone.
 */
export function replicaEnv(outer: NodeJS.ProcessEnv, settings: ReplicaSettings): NodeJS.ProcessEnv {
  const passed = Object.entries(outer).filter(([name]) => !foreign.test(name) && name !== 'PUBLIC_FD');
  return {
    QUICKSTART_ROUTES: 'true',
    ...Object.fromEntries(passed),
    BALANCER: settings.balancer,
    NODE_ENV: 'production',
    STOP_GRACE_MS: String(GRACE_MS),
    HOST: '127.0.0.1',
    PORT: '0',
    RPC_PORT: '0',
    CONTROL_PORT: '0',
    METRICS_PORT: '0',
    REDIS_URL: settings.redisUrl,
    CONSUL_HTTP_ADDR: settings.consulAddress,
    INSTANCE_NAME: settings.name,
    SLOT: String(settings.slot),
    NAMESPACE: settings.namespace,
    DISCOVERY: 'consul',
    DISCOVERY_CACHE_DIR: settings.discoveryDir,
    NODE_COMPILE_CACHE: settings.compileCacheDir,
    STACK_LIFELINE_FD: String(LIFELINE_FD),
    SESSION_KEYS: settings.secrets.session_keys,
    OPS_TOKEN: settings.secrets.ops_token,
    CONTROL_TOKEN: settings.secrets.control_token,
    ...(settings.hasPublicFd ? { PUBLIC_FD: String(PUBLIC_FD) } : {}),
  };
}
