import { describe, expect, it } from '@jest/globals';
import { apiHostTest, apiTargetOf, wholeTarget } from './route-table.ts';

describe('apiTargetOf', () => {
  it.each([
    ['/api', '/'],
    ['/api/', '/'],
    ['/api?x=1', '/?x=1'],
    ['/api/?x=1', '/?x=1'],
    ['/api/values/a%2Fb?ttl=%20', '/values/a%2Fb?ttl=%20'],
    ['/api//odd', '//odd'],
    ['http://somewhere/api/jobs', '/jobs'],
  ])('takes the prefix off %s', (url, path) => {
    expect(apiTargetOf(url)).toEqual({ path, prefix: '/api' });
  });

  it.each(['/set?key=a&value=b', '/get?key=a', '/enqueue?job=x', '/get'])(
    'keeps the demo endpoint %s as it is',
    (url) => {
      expect(apiTargetOf(url)).toEqual({ path: url, prefix: '' });
    },
  );

  it.each(['/', '/apix', '/apiary/', '/settings', '/get/more', '/whoami', '/%61pi/', '/x/api/', '*', '?/api'])(
    'does not take %s, which is the gateway’s own',
    (url) => {
      expect(apiTargetOf(url)).toBeUndefined();
    },
  );
});

describe('apiHostTest', () => {
  it.each([
    ['localhost', 'api.localhost'],
    ['localhost', 'api.localhost:8080'],
    ['localhost', 'API.Localhost:1'],
    ['fleet.test', 'api.fleet.test:65535'],
    ['fleet.test', 'api.Fleet.Test'],
  ])('for %s knows %s', (domain, host) => {
    expect(apiHostTest(domain)(host)).toBe(true);
  });

  it.each([
    ['localhost', undefined],
    ['localhost', ''],
    ['localhost', 'localhost'],
    ['localhost', 'app.localhost:8080'],
    ['localhost', 'api.localhost.example'],
    ['localhost', 'api.localhostile'],
    ['localhost', 'xapi.localhost'],
    ['localhost', 'api.localhost.'],
    ['fleet.test', 'api.localhost'],
    ['fleet.test', 'fleet.test'],
    ['fleet.test', 'apixfleet.test'],
  ])('for %s does not know %s', (domain, host) => {
    expect(apiHostTest(domain)(host)).toBe(false);
  });
});

describe('wholeTarget', () => {
  it('keeps every path of the api’s own host name, a leading /api too', () => {
    expect(wholeTarget('/api/x?y')).toEqual({ path: '/api/x?y', prefix: '' });
    expect(wholeTarget('http://api.localhost/whoami')).toEqual({ path: '/whoami', prefix: '' });
    expect(wholeTarget('http://api.localhost')).toEqual({ path: '/', prefix: '' });
  });
});
