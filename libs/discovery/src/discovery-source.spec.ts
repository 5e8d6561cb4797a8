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

  it('takes the API server that every pod is told, or one that is set', () => {
    const inPod = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT_HTTPS: 6443 };
    const settings = { DISCOVERY: 'kubernetes', CONSUL_HTTP_ADDR: [] } as const;
    expect(discoveryOptions({ ...settings, ...inPod, DISCOVERY_CACHE_DIR: '/cache' })).toEqual({
      kind: 'kubernetes',
      server: 'https://10.96.0.1:6443',
      cacheDir: '/cache',
    });
    expect(discoveryOptions({ ...settings, KUBERNETES_SERVICE_HOST: 'fd00::1' })).toMatchObject({
      server: 'https://[fd00::1]:443',
    });
    const set = {
      KUBERNETES_API_SERVER: 'http://127.0.0.1:8001',
      KUBERNETES_NAMESPACE: 'shop',
      KUBERNETES_SERVICE_ACCOUNT_DIR: '/account',
    };
    expect(discoveryOptions({ ...settings, ...inPod, ...set })).toEqual({
      kind: 'kubernetes',
      server: 'http://127.0.0.1:8001',
      namespace: 'shop',
      serviceAccountDir: '/account',
    });
    expect(() => discoveryOptions(settings)).toThrow(/outside of a pod .* needs KUBERNETES_API_SERVER/);
  });

  it.each(['api', 'api=', '=h:1', 'api=h:1=h:2'])('refuses %s', (text) => {
    expect(() => parseFixedServices(text)).toThrow(/expected service=host:port/);
  });
});
