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
    const dns = { DISCOVERY: 'dns', DISCOVERY_DNS_SERVER: ['d:1'] } as const;
    const more = { DISCOVERY_DNS_SEARCH: ['test'], DISCOVERY_DNS_PORTS: { api: 1 } };
    expect(discoveryOptions({ ...settings, ...dns, ...more })).toEqual({
      kind: 'dns',
      name: '{service}.service.consul',
      servers: ['d:1'],
      search: ['test'],
      ports: { api: 1 },
      cacheDir: '/cache',
    });
    expect(discoveryOptions({ ...settings, DISCOVERY: 'fixed' })).toEqual({
      kind: 'fixed',
      services: { api: ['h:1', 'h:2'], worker: ['h:3'] },
    });
  });

  it('takes datacenter and certificates, a key only with its certificate', () => {
    const settings = { DISCOVERY: 'consul', CONSUL_HTTP_ADDR: ['https://a'], CONSUL_DATACENTER: 'dc2' } as const;
    const tls = { CONSUL_CACERT: 'ca', CONSUL_TLS_SERVER_NAME: 'server.dc1.consul' };
    expect(discoveryOptions({ ...settings, ...tls })).toMatchObject({
      datacenter: 'dc2',
      tls: { ca: 'ca', serverName: 'server.dc1.consul' },
    });
    expect(() => discoveryOptions({ ...settings, CONSUL_CLIENT_KEY: 'key' })).toThrow(/need each other/);
  });

  it.each(['api', 'api=', '=h:1', 'api=h:1=h:2'])('refuses %s', (text) => {
    expect(() => parseFixedServices(text)).toThrow(/expected service=host:port/);
  });
});
