import { describe, expect, it } from '@jest/globals';
import { apiTargetOf, isApiHost, wholeTarget } from './route-table.ts';

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

  it.each(['/set?key=a&value=b', '/get?key=a', '/enqueue?job=x', '/get'])('leaves the one-liner %s as it is', (url) => {
    expect(apiTargetOf(url)).toEqual({ path: url, prefix: '' });
  });

  it.each(['/', '/apix', '/apiary/', '/settings', '/get/more', '/whoami', '/%61pi/', '/x/api/', '*', '?/api'])(
    'does not take %s, which is the gateway’s own',
    (url) => {
      expect(apiTargetOf(url)).toBeUndefined();
    },
  );
});

describe('isApiHost', () => {
  it.each(['api.localhost', 'api.localhost:8080', 'API.Localhost:1', 'api.localhost:65535'])('knows %s', (host) => {
    expect(isApiHost(host)).toBe(true);
  });

  it.each([
    undefined,
    '',
    'localhost',
    'app.localhost',
    'app.localhost:8080',
    'api.localhost.example',
    'xapi.localhost',
    'api.localhost.',
  ])('does not know %s', (host) => {
    expect(isApiHost(host)).toBe(false);
  });
});

describe('wholeTarget', () => {
  it('keeps every path of the api’s own host name, a leading /api too', () => {
    expect(wholeTarget('/api/x?y')).toEqual({ path: '/api/x?y', prefix: '' });
    expect(wholeTarget('http://api.localhost/whoami')).toEqual({ path: '/whoami', prefix: '' });
    expect(wholeTarget('http://api.localhost')).toEqual({ path: '/', prefix: '' });
  });
});
