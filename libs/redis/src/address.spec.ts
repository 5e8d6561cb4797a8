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
const single = { kind: 'single', tls: false, port: 6379, db: 0 };
const a = { host: 'a', port: 26379 };

describe('redisAddress', () => {
  it.each([
    ['redis://127.0.0.1', { ...single, host: '127.0.0.1' }],
    ['redis://cache:6400/3', { ...single, host: 'cache', port: 6400, db: 3 }],
    ['redis://[::1]:6400/', { ...single, host: '::1', port: 6400 }],
    ['redis://:p%40ss@cache', { ...single, host: 'cache', password: 'p@ss' }],
    [
      'redis://me:secret:with:colons@cache',
      { ...single, host: 'cache', username: 'me', password: 'secret:with:colons' },
    ],
    ['rediss://cache', { ...single, host: 'cache', tls: true }],
    [
      'redis+sentinel://a,b:1,[::1]:2/main',
      {
        kind: 'sentinel',
        tls: false,
        name: 'main',
        db: 0,
        sentinels: [a, { host: 'b', port: 1 }, { host: '::1', port: 2 }],
      },
    ],
    [
      'rediss+sentinel://me:p%2Fw@a/main/2',
      {
        kind: 'sentinel',
        tls: true,
        name: 'main',
        db: 2,
        username: 'me',
        password: 'p/w',
        sentinels: [a],
      },
    ],
    [
      'redis+cluster://a,b:7001',
      {
        kind: 'cluster',
        tls: false,
        nodes: [
          { host: 'a', port: 6379 },
          { host: 'b', port: 7001 },
        ],
      },
    ],
    ['rediss+cluster://:pw@a/0', { kind: 'cluster', tls: true, password: 'pw', nodes: [{ host: 'a', port: 6379 }] }],
  ])('%s', (url, address) => expect(redisAddress(url)).toEqual(address));

  it.each(['http://cache', 'unix:///run/redis.sock', 'redis+other://a', 'nonsense'])(
    'refuses %s and names what is supported',
    (url) => {
      expect(refusal(url)).toMatchObject({ code: 'redis_url' });
      expect(refusal(url).message).toMatch(
        /supported are redis:\/\/.*redis\+sentinel:\/\/.*redis\+cluster:\/\/.*rediss/,
      );
    },
  );

  it.each([
    ['redis://', /no host/],
    ['redis://a,b', /one host; several are redis\+sentinel/],
    ['redis://cache/zero', /database "zero"/],
    ['redis://cache/1/2', /database "1\/2"/],
    ['redis://cache?family=6', /parameters/],
    ['redis://cache:0', /port 0/],
    ['redis://cache:70000', /port 70000/],
    ['redis://a:%zz@cache', /not an escape/],
    ['redis+sentinel://a:1', /ends in the name/],
    ['redis+sentinel://a:1//2', /ends in the name/],
    ['redis+sentinel://a:1/main/x', /database "x"/],
    ['redis+cluster://a:1/1', /no databases beside 0/],
    ['redis+cluster://a:1,,b:2', /not a host/],
    ['redis+cluster://[a]:1', /not a host/],
    [`redis+cluster://${Array.from({ length: 33 }, (_none, n) => `h${n}`).join(',')}`, /33 hosts, 32 at most/],
  ])('refuses %s and says why', (url, message) => {
    expect(refusal(url)).toMatchObject({ code: 'redis_url', message: expect.stringMatching(message) });
  });

  it('never quotes a password', () => {
    const urls = ['redis://me:hunter2@cache/x', 'redis+cluster://me:hunter2@cache/1', 'redis://me:hunter2@:1'];
    for (const url of [
      ...urls,
      'redis+sentinel://me:hunter2@cache',
      'redis+cluster://me:hun/ter2@cache',
      'redis+sentinel://me:hun/ter2@a/b',
    ]) {
      expect(refusal(url).message).not.toMatch(/hun|ter2/);
    }
  });
});
