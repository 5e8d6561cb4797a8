import { isIP } from 'node:net';
import { RedisError } from './errors.ts';

const FORMS = [
  'redis://[user:password@]host[:port][/database]',
  'redis+sentinel://[user:password@]host[:port][,host[:port]…]/<name of the primary>[/database]',
  'redis+cluster://[user:password@]host[:port][,host[:port]…]',
];
const SUPPORTED = `supported are ${FORMS.join(', ')}, each with rediss for TLS`;
const REDIS_PORT = 6379;
const SENTINEL_PORT = 26379;
/** So that a list that was put together wrongly is a fault and not an hour of connecting. */
const HOSTS_MAX = 32;

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** Where Redis is, and as whom to go there. */
export type RedisAddress = {
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
} & (
  | ({ readonly kind: 'single'; readonly db: number } & HostPort)
  | { readonly kind: 'sentinel'; readonly sentinels: readonly HostPort[]; readonly name: string; readonly db: number }
  | { readonly kind: 'cluster'; readonly nodes: readonly HostPort[] }
);

/** Reads a Redis URL. Throws RedisError `redis_url`, which never quotes a password. */
export function redisAddress(url: string): RedisAddress {
  // Not the URL of the standard: that knows one host only.
  const parts = /^([a-z][a-z0-9+.-]*):\/\/(?:([^@/?#]*)@)?([^/?#]*)(\/[^?#]*)?(.*)$/is.exec(url);
  if (parts === null) throw fault('the Redis address is not a URL');
  const [, scheme = '', credentials, hosts = '', path = '', rest = ''] = parts;
  const known = /^redis(s)?(?:\+(sentinel|cluster))?$/.exec(scheme);
  if (known === null) throw fault(`"${scheme}://" is not supported for Redis`);
  if (rest !== '') throw fault('the Redis address has parameters after "?" or "#"');
  const access = { tls: known[1] === 's', ...login(credentials) };
  const places = path.split('/').slice(1);
  // Hosts first: an unescaped "/" in a password ends up in the path, which the other faults quote.
  if (known[2] === 'sentinel') {
    const sentinels = hostPorts(hosts, SENTINEL_PORT);
    const [name = '', db = '', ...more] = places;
    if (!/^[A-Za-z0-9._-]{1,128}$/.test(name)) {
      throw fault(`the address of Sentinels ends in the name that they know the primary by, and "${name}" is none`);
    }
    return { kind: 'sentinel', ...access, sentinels, name, db: database([db, ...more]) };
  }
  const nodes = hostPorts(hosts, REDIS_PORT);
  if (known[2] === 'cluster') {
    if (database(places) !== 0) throw fault('a Redis Cluster has no databases beside 0');
    return { kind: 'cluster', ...access, nodes };
  }
  const [only, ...others] = nodes;
  if (only === undefined || others.length > 0) {
    throw fault('a plain Redis address has one host; several are redis+sentinel:// or redis+cluster://');
  }
  return { kind: 'single', ...access, ...only, db: database(places) };
}

function hostPorts(list: string, defaultPort: number): HostPort[] {
  if (list === '') throw fault('the Redis address has no host');
  const hosts = list.split(',').map((text) => hostPort(text, defaultPort));
  if (hosts.length > HOSTS_MAX) throw fault(`the Redis address has ${hosts.length} hosts, ${HOSTS_MAX} at most`);
  return hosts;
}

function hostPort(text: string, defaultPort: number): HostPort {
  const [, six, name = '', digits] = /^(?:\[([^\]]*)\]|([A-Za-z0-9._-]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = six ?? name;
  const port = digits === undefined ? defaultPort : Number(digits);
  if (host === '' || (six !== undefined && isIP(six) !== 6)) throw fault('a host of the Redis address is not a host');
  if (port < 1 || port > 65_535) throw fault(`the port ${digits} of the Redis address is not from 1 to 65535`);
  return { host, port };
}

function database([text = '', ...more]: readonly string[]): number {
  if (more.length > 0 || !/^\d{0,5}$/.test(text)) {
    throw fault(`the Redis database "${[text, ...more].join('/')}" is not a number`);
  }
  return Number(text);
}

function login(credentials: string | undefined): { username?: string; password?: string } {
  if (credentials === undefined) return {};
  const colon = credentials.indexOf(':');
  const username = plain(colon === -1 ? credentials : credentials.slice(0, colon));
  const password = colon === -1 ? '' : plain(credentials.slice(colon + 1));
  return { ...(username === '' ? {} : { username }), ...(password === '' ? {} : { password }) };
}

function plain(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch (error) {
    throw fault('user or password of the Redis address has a "%" that is not an escape', error);
  }
}

const fault = (message: string, cause?: unknown): RedisError =>
  new RedisError('redis_url', `${message}; ${SUPPORTED}`, cause === undefined ? {} : { cause });
