import { describe, expect, it } from '@jest/globals';
import { unservedName } from './unserved-hosts.ts';

describe('unservedName', () => {
  it.each([
    ['localhost', 'consul.localhost', 'consul'],
    ['localhost', 'Traefik.LocalHost:8080', 'traefik'],
    ['localhost', 'webserver.localhost:1', 'webserver'],
    ['localhost', 'a.b.localhost', 'a.b'],
    ['localhost', 'xapi.localhost', 'xapi'],
    ['fleet.test', 'consul.fleet.test', 'consul'],
  ])('under %s, %s is %s', (domain, host, name) => {
    expect(unservedName(host, domain)).toBe(name);
  });

  it.each([
    ['localhost', undefined],
    ['localhost', ''],
    ['localhost', 'localhost:8080'],
    ['localhost', 'api.localhost:8080'],
    ['localhost', 'APP.localhost'],
    ['localhost', 'consul.localhost.example'],
    ['localhost', 'xlocalhost'],
    ['localhost', '.localhost'],
    ['localhost', '127.0.0.1:8080'],
    ['localhost', '[::1]:8080'],
    ['fleet.test', 'consul.localhost'],
    ['fleet.test', 'fleet.test'],
  ])('under %s, %s is served', (domain, host) => {
    expect(unservedName(host, domain)).toBeUndefined();
  });
});
