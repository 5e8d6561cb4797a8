import { isIP } from 'node:net';
import type { RedisOptions } from 'ioredis';
import { RedisError } from './errors.ts';

const SUPPORTED = 'redis://[user:password@]host[:port][/database] and rediss:// (TLS) are supported';

/** Where and as whom to connect, as ioredis wants it. Throws RedisError `redis_url`, which never quotes a password. */
export function redisAddress(
  url: string,
): Pick<RedisOptions, 'host' | 'port' | 'username' | 'password' | 'db' | 'tls'> {
  const parsed = URL.parse(url);
  if (parsed === null) throw new RedisError('redis_url', `the Redis address is not a URL: ${SUPPORTED}`);
  const { protocol, search, pathname } = parsed;
  if (protocol !== 'redis:' && protocol !== 'rediss:') {
    throw new RedisError('redis_url', `"${protocol}//" is not supported for Redis: ${SUPPORTED}`);
  }
  const host = parsed.hostname.replace(/^\[(.*)\]$/, '$1');
  if (host === '') throw new RedisError('redis_url', `the Redis address has no host: ${SUPPORTED}`);
  if (search !== '') throw new RedisError('redis_url', `the Redis address has parameters after "?": ${SUPPORTED}`);
  if (!/^\/?\d{0,5}$/.test(pathname)) {
    throw new RedisError('redis_url', `the Redis database "${pathname}" is not a number: ${SUPPORTED}`);
  }
  return {
    host,
    port: parsed.port === '' ? 6379 : Number(parsed.port),
    db: Number(pathname.slice(1)),
    ...(parsed.username === '' ? {} : { username: plain(parsed.username) }),
    ...(parsed.password === '' ? {} : { password: plain(parsed.password) }),
    ...(protocol === 'rediss:' ? { tls: isIP(host) === 0 ? { servername: host } : {} } : {}),
  };
}

function plain(encoded: string): string {
  try {
    return decodeURIComponent(encoded);
  } catch (error) {
    throw new RedisError('redis_url', 'user or password of the Redis address has a "%" that is not an escape', {
      cause: error,
    });
  }
}
