import { describe, expect, it } from '@jest/globals';
import { discoveryOptions, parseFixedServices } from './discovery-source.ts';

describe('discoveryOptions', () => {
  it('chooses by DISCOVERY', () => {
    const settings = {
      CONSUL_HTTP_ADDR: ['a:1'],
      DISCOVERY_CACHE_DIR: '/cache',
      DISCOVERY_FIXED: 'api=h:1, h:2 ; worker=h:3',
    };
    expect(discoveryOptions({ ...settings, DISCOVERY: 'consul' })).toEqual({
      kind: 'consul',
      addresses: ['a:1'],
      token: undefined,
      cacheDir: '/cache',
    });
    expect(discoveryOptions({ ...settings, DISCOVERY: 'fixed' })).toEqual({
      kind: 'fixed',
      services: { api: ['h:1', 'h:2'], worker: ['h:3'] },
    });
  });

  it.each(['api', 'api=', '=h:1', 'api=h:1=h:2'])('refuses %s', (text) => {
    expect(() => parseFixedServices(text)).toThrow(/expected service=host:port/);
  });
});
