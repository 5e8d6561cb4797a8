import { describe, expect, it } from '@jest/globals';
import { redisAddress } from './address.ts';
import { RedisError } from './errors.ts';

const refusal = (url: string): RedisError => {
  try {
    redisAddress(url);
  } catch (error) {
    if (error instanceof RedisError) return error;
  }
  throw new Error(`${url} was accepted`);
};

describe('redisAddress', () => {
  it.each([
    ['redis://127.0.0.1', { host: '127.0.0.1', port: 6379, db: 0 }],
    ['redis://cache:6400/3', { host: 'cache', port: 6400, db: 3 }],
    ['redis://[::1]:6400/', { host: '::1', port: 6400, db: 0 }],
    ['redis://:p%40ss@cache', { host: 'cache', port: 6379, db: 0, password: 'p@ss' }],
    ['redis://me:secret@cache', { host: 'cache', port: 6379, db: 0, username: 'me', password: 'secret' }],
    ['rediss://cache', { host: 'cache', port: 6379, db: 0, tls: { servername: 'cache' } }],
    ['rediss://10.0.0.1', { host: '10.0.0.1', port: 6379, db: 0, tls: {} }],
  ])('%s', (url, address) => expect(redisAddress(url)).toEqual(address));

  it.each(['redis+sentinel://a:1,b:2/mymaster', 'redis+cluster://a:1', 'http://cache', 'unix:///run/redis.sock'])(
    'refuses %s and names what is supported',
    (url) => {
      expect(refusal(url)).toMatchObject({ code: 'redis_url' });
      expect(refusal(url).message).toMatch(/redis:\/\/.*rediss:\/\/.*supported/);
    },
  );

  it.each(['nonsense', 'redis://', 'redis://cache/zero', 'redis://cache?family=6', 'redis://a:%zz@cache'])(
    'refuses %s',
    (url) => expect(refusal(url)).toMatchObject({ code: 'redis_url' }),
  );

  it('never quotes a password', () => {
    for (const url of ['redis://me:hunter2@cache/x', 'redis+cluster://me:hunter2@cache', 'redis://me:hunter2@:1']) {
      expect(refusal(url).message).not.toContain('hunter2');
    }
  });
});
