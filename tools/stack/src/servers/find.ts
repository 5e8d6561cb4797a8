import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import { findHere, findOnPath, inspect, type Program, type Say, type ServerBinary } from './binary.ts';
import { cacheDir } from './cache.ts';
import { consulFromPackage, packagedConsulPath } from './consul-package.ts';
import { consulFromRelease, consulRelease, releasedConsulPath } from './consul-release.ts';
import { ServerFault, wordsOf } from './errors.ts';
import { redisFromHomebrew } from './homebrew.ts';
import { redisFromPackage } from './redis-package.ts';

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
const consul: Program = { name: 'consul', variable: 'NESTFLEET_CONSUL', versionArgument: 'version', oldest: '1.8.0' };

const haproxy: Program = { name: 'haproxy', variable: 'NESTFLEET_HAPROXY', versionArgument: '-v', oldest: '2.6.0' };

const sayToPeople: Say = (line) => process.stderr.write(`servers: ${line}\n`);

function hasApt(env: NodeJS.ProcessEnv): boolean {
  return ['apt-get', 'dpkg', 'ldd'].every((name) => findOnPath(name, env['PATH']) !== undefined);
}

function missing(program: Program, tried: readonly string[], advice: string): ServerFault {
  const lines = tried.map((line) => `  - ${line}`).join('\n');
  const text = `${program.name} is not on PATH and could not be fetched:\n${lines}\n${advice}, or set ${program.variable} to the path of one.`;
  return new ServerFault('server_missing', text);
}

/** The Redis to use: NESTFLEET_REDIS_SERVER, PATH, else the distribution's package in the user's cache, else Homebrew. */
export async function findRedisServer(options: FindOptions = {}): Promise<ServerBinary> {
  const { env = process.env, platform = process.platform, say = sayToPeople } = options;
  const here = await findHere(redis, env, say);
  if (here !== undefined) return here;
  const tried: string[] = [];
  if (platform === 'linux' && hasApt(env)) {
    const path = await redisFromPackage(cacheDir(env), say).catch((fault: unknown) => void tried.push(wordsOf(fault)));
    if (path !== undefined) return inspect(redis, path, "the distribution's package");
  } else if (platform === 'darwin') {
    const path = await redisFromHomebrew(env, say).catch((fault: unknown) => void tried.push(wordsOf(fault)));
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

/** The Consul to use: NESTFLEET_CONSUL, PATH, what the cache holds, else the vendor's release, else Debian's old one. */
export async function findConsul(options: FindOptions = {}): Promise<ServerBinary> {
  const { env = process.env, platform = process.platform, say = sayToPeople } = options;
  const here = await findHere(consul, env, say);
  if (here !== undefined) return here;
  const cache = cacheDir(env);
  const release = consulRelease(env);
  const released = { path: releasedConsulPath(cache, release.version), source: "the vendor's release" };
  const packaged = { path: packagedConsulPath(cache), source: "Debian's old package" };
  if (existsSync(released.path)) return inspect(consul, released.path, released.source);
  const packagedConsul = async (): Promise<ServerBinary> => {
    const binary = await inspect(consul, packaged.path, packaged.source);
    say(
      `Consul ${binary.version} of Debian is old (2020); a newer one on PATH or in ${consul.variable} is taken instead`,
    );
    return binary;
  };
  if (existsSync(packaged.path)) return packagedConsul();
  const tried: string[] = [];
  say(`fetching Consul ${release.version} from the vendor's release site`);
  const path = await consulFromRelease(cache, release).catch((fault: unknown) => void tried.push(wordsOf(fault)));
  if (path !== undefined) return inspect(consul, path, released.source);
  if (platform === 'linux' && hasApt(env)) {
    say(`the vendor's release is out of reach (${tried.join('; ')}); taking Debian's package`);
    const old = await consulFromPackage(cache).catch((fault: unknown) => void tried.push(wordsOf(fault)));
    if (old !== undefined) return packagedConsul();
  }
  throw missing(consul, tried, `Install ${consul.oldest} or newer from the vendor's site`);
}

/** The HAProxy to use: NESTFLEET_HAPROXY, PATH, or where distributions put it, which is not on every user's PATH. */
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
