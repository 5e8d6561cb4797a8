import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { findHere, findOnPath, inspect, type Program, type Say, type ServerBinary } from './binary.ts';
import { cacheDir, dropCached } from './cache.ts';
import { consulFromPackage, packagedConsulPath } from './consul-package.ts';
import { consulFromRelease, consulRelease, releasedConsulPath } from './consul-release.ts';
import { ServerFault, messageOf } from './errors.ts';
import { redisFromHomebrew } from './homebrew.ts';
import { flavouredRedisPath, redisFlavours, redisOfFlavour } from './redis-flavour.ts';
import { packagedRedisPath, redisFromPackage } from './redis-package.ts';

export interface FindOptions {
  env?: NodeJS.ProcessEnv;
  platform?: NodeJS.Platform;
  say?: Say;
}

const redis: Program = {
  name: 'redis-server',
  variable: 'NESTFLEET_REDIS_SERVER',
  versionArgument: '--version',
  oldest: '6.2.0',
};
const valkey: Program = { ...redis, name: 'valkey-server' };
const consul: Program = { name: 'consul', variable: 'NESTFLEET_CONSUL', versionArgument: 'version', oldest: '1.8.0' };

const haproxy: Program = { name: 'haproxy', variable: 'NESTFLEET_HAPROXY', versionArgument: '-v', oldest: '2.6.0' };

const traefik: Program = {
  name: 'traefik',
  variable: 'NESTFLEET_TRAEFIK',
  versionArgument: 'version',
  oldest: '3.6.0',
};

export const sayToPeople: Say = (line) => process.stderr.write(`servers: ${line}\n`);

export function hasApt(env: NodeJS.ProcessEnv): boolean {
  return ['apt-get', 'dpkg', 'ldd'].every((name) => findOnPath(name, env['PATH']) !== undefined);
}

export function missing(program: Program, tried: readonly string[], advice: string): ServerFault {
  const lines = tried.map((line) => `  - ${line}`).join('\n');
  const text = `${program.name} is not on PATH and could not be fetched:\n${lines}\n${advice}, or set ${program.variable} to the path of one.`;
  return new ServerFault('server_missing', text);
}

interface Kept {
  readonly path: string;
  readonly source: string;
}

/**
 * What the cache holds, if it runs. What does not (its disk was full, the system has become another one) is removed, so that
 * it is fetched anew; one that only took too long to answer stays.
 */
export async function findKept(program: Program, cache: string, { path, source }: Kept, say: Say) {
  if (!existsSync(path)) return undefined;
  return inspect(program, path, source).catch((fault: unknown) => {
    const isSlow = fault instanceof ServerFault && (fault.cause as ServerFault | undefined)?.code === 'step_timeout';
    if (isSlow) throw fault;
    say(`${messageOf(fault)}; removed from the cache`);
    dropCached(cache, path);
    return undefined;
  });
}

/** findFlavour answers the server that NESTFLEET_REDIS_FLAVOUR names: never another one, whatever is on this machine. */
async function findFlavour(name: string, env: NodeJS.ProcessEnv, say: Say): Promise<ServerBinary> {
  const flavour = redisFlavours[name];
  if (flavour === undefined) {
    const names = Object.keys(redisFlavours).join(', ');
    throw new ServerFault('server_unusable', `NESTFLEET_REDIS_FLAVOUR is "${name}", there are ${names}`);
  }
  const program = { ...redis, name: flavour.program };
  const source = `the package of Debian ${flavour.suite}`;
  const cache = cacheDir(env);
  const kept = await findKept(program, cache, { path: flavouredRedisPath(cache, name), source }, say);
  if (kept !== undefined) return kept;
  if (!hasApt(env)) throw missing(program, ['this system has no apt'], `Use a Debian to have ${name}`);
  const path = await redisOfFlavour(cache, name, say).catch((fault: unknown) => {
    // It was there, and is not what it should be: to try elsewhere is no way out.
    if (fault instanceof ServerFault && fault.code === 'archive_unreadable') throw fault;
    throw missing(program, [messageOf(fault)], `A mirror of Debian ${flavour.suite} has ${name}`);
  });
  return inspect(program, path, source);
}

/**
 * findRedisServer answers the Redis to use: NESTFLEET_REDIS_SERVER, NESTFLEET_REDIS_FLAVOUR, PATH (Valkey too), else the
 * distribution's package in the user's cache, else Homebrew.
 */
export async function findRedisServer(options: FindOptions = {}): Promise<ServerBinary> {
  const { env = process.env, platform = process.platform, say = sayToPeople } = options;
  const flavour = env['NESTFLEET_REDIS_FLAVOUR'];
  if (!env[redis.variable] && flavour) return findFlavour(flavour, env, say);
  const here = (await findHere(redis, env, say)) ?? (await findHere(valkey, env, say));
  if (here !== undefined) return here;
  const cache = cacheDir(env);
  const packaged = { path: packagedRedisPath(cache), source: "the distribution's package" };
  const kept = await findKept(redis, cache, packaged, say);
  if (kept !== undefined) return kept;
  const tried: string[] = [];
  if (platform === 'linux' && hasApt(env)) {
    const path = await redisFromPackage(cache, say).catch((fault: unknown) => void tried.push(messageOf(fault)));
    if (path !== undefined) return inspect(redis, path, packaged.source);
  } else if (platform === 'darwin') {
    const path = await redisFromHomebrew(env, say).catch((fault: unknown) => void tried.push(messageOf(fault)));
    if (path !== undefined) return inspect(redis, path, 'Homebrew');
  } else {
    tried.push('this system has neither apt nor Homebrew');
  }
  const install =
    platform === 'darwin'
      ? 'brew install redis'
      : 'the package redis or redis-server (Debian, Ubuntu: apt-get install redis-server)';
  throw missing(redis, tried, `Install ${redis.oldest} or newer: ${install}`);
}

/**
 * findConsul answers the Consul to use: NESTFLEET_CONSUL, PATH, what the cache holds, else the vendor's release, else
 * Debian's old one.
 */
export async function findConsul(options: FindOptions = {}): Promise<ServerBinary> {
  const { env = process.env, platform = process.platform, say = sayToPeople } = options;
  const here = await findHere(consul, env, say);
  if (here !== undefined) return here;
  const cache = cacheDir(env);
  const release = consulRelease(env);
  const released = { path: releasedConsulPath(cache, release.version), source: "the vendor's release" };
  const packaged = { path: packagedConsulPath(cache), source: "Debian's old package" };
  const sayThatOld = (binary: ServerBinary): ServerBinary => {
    say(
      `Consul ${binary.version} of Debian is old (2020); a newer one on PATH or in ${consul.variable} is taken instead`,
    );
    return binary;
  };
  const kept = await findKept(consul, cache, released, say);
  if (kept !== undefined) return kept;
  const old = await findKept(consul, cache, packaged, say);
  if (old !== undefined) return sayThatOld(old);
  const tried: string[] = [];
  let isCacheUsable = true;
  const note = (fault: unknown): void => {
    tried.push(messageOf(fault));
    isCacheUsable = !(fault instanceof ServerFault && fault.code === 'cache_unusable');
  };
  say(`fetching Consul ${release.version} from the vendor's release site`);
  const path = await consulFromRelease(cache, release).catch(note);
  if (path !== undefined) return inspect(consul, path, released.source);
  if (platform === 'linux' && hasApt(env) && isCacheUsable) {
    say(`no Consul from the vendor's release site (${tried.join('; ')}); taking Debian's package`);
    const oldPath = await consulFromPackage(cache).catch(note);
    if (oldPath !== undefined) return sayThatOld(await inspect(consul, oldPath, packaged.source));
  }
  throw missing(consul, tried, `Install ${consul.oldest} or newer from the vendor's site`);
}

/**
 * findHaproxy answers the HAProxy to use: NESTFLEET_HAPROXY, PATH, or where distributions put it, which is not on every
 * user's PATH.
 */
export async function findHaproxy({ env = process.env, say = sayToPeople }: FindOptions = {}): Promise<ServerBinary> {
  const searched = { ...env, PATH: [env['PATH'] ?? '', '/usr/local/sbin', '/usr/sbin'].join(delimiter) };
  const here = await findHere(haproxy, searched, say);
  if (here !== undefined) return here;
  throw missing(
    haproxy,
    ['it is on no path'],
    `Install ${haproxy.oldest} or newer (Debian, Ubuntu: apt-get install haproxy)`,
  );
}

/** findTraefik answers the Traefik to use: NESTFLEET_TRAEFIK or PATH. */
export async function findTraefik({ env = process.env, say = sayToPeople }: FindOptions = {}): Promise<ServerBinary> {
  const here = await findHere(traefik, env, say);
  if (here !== undefined) return here;
  throw missing(traefik, ['it is on no path'], `Install ${traefik.oldest} or newer from its release page`);
}
