import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startDnsServer, type DnsServer, type DnsZone } from '../../test/dns-server.ts';
import { openDiscovery, type DiscoverySource } from '../discovery.ts';

const a = (name: string, address: string) => ({ type: 'A', name, address, ttlS: 5 }) as const;
const srv = (name: string, target: string, port: number) =>
  ({ type: 'SRV', name, target, port, priority: 1, weight: 1, ttlS: 5 }) as const;

describe('the DNS catalog, asked at a server of its own', () => {
  let dns: DnsServer;
  beforeEach(async () => {
    dns = await startDnsServer();
  });
  afterEach(() => dns.close());

  /** Where the instances of `api` are, or the code of the fault; and what was asked for them. */
  async function found(source: Omit<Extract<DiscoverySource, { kind: 'dns' }>, 'kind'>, zone: DnsZone) {
    dns.zone = zone;
    const discovery = openDiscovery({ kind: 'dns', servers: [dns.address], ...source });
    const stop = new AbortController();
    try {
      for await (const { instances, error } of discovery.catalog.watch('api', stop.signal)) {
        const places = instances.map(({ address, port }) => `${address}:${port}`);
        return { places: error?.code ?? places, asked: dns.asked.filter((each) => !each.startsWith('AAAA')) };
      }
      throw new Error('no snapshot');
    } finally {
      stop.abort();
      discovery.close();
    }
  }

  it('takes addresses with the port of the name, or that of the service', async () => {
    const zone = { 'A api.test': [a('api.test', '10.0.0.1'), a('api.test', '10.0.0.2')] };
    const ports = { api: 3001, worker: 3002 };
    expect((await found({ name: '{service}.test:3000' }, zone)).places).toEqual(['10.0.0.1:3000', '10.0.0.2:3000']);
    expect((await found({ name: '{service}.test:3000', ports }, zone)).places).toContain('10.0.0.1:3001');
    expect((await found({ name: '{service}.test', ports }, zone)).places).toContain('10.0.0.2:3001');
    const worker = { worker: 3002 };
    expect((await found({ name: '{service}.test:3000', ports: worker }, zone)).places).toContain('10.0.0.1:3000');
  });

  it('takes the port of SRV records under the name of a service and protocol', async () => {
    const name = '_http._tcp.api.test';
    const zone = { [`SRV ${name}`]: [srv(name, 'n1.test', 4001)], 'A n1.test': [a('n1.test', '10.0.0.1')] };
    expect(await found({ name: '_http._tcp.{service}.test' }, zone)).toEqual({
      places: ['10.0.0.1:4001'],
      asked: [`SRV ${name}`, 'A n1.test'],
    });
  });

  it('tries the domains of the search list in turn, for addresses and for SRV records', async () => {
    const search = ['ns.test', 'test'];
    expect(await found({ name: '{service}:3000', search }, { 'A api.test': [a('api.test', '10.0.0.1')] })).toEqual({
      places: ['10.0.0.1:3000'],
      asked: ['A api.ns.test', 'A api.test'],
    });
    const name = '_http._tcp.api.test';
    dns.asked.length = 0;
    const zone = { [`SRV ${name}`]: [srv(name, 'n1', 4001)], 'A n1': [a('n1', '10.0.0.2')] };
    expect(await found({ name: '_http._tcp.{service}', search }, zone)).toEqual({
      places: ['10.0.0.2:4001'],
      // With a dot the name as it is comes first, and a target is a whole name.
      asked: ['SRV _http._tcp.api', 'SRV _http._tcp.api.ns.test', `SRV ${name}`, 'A n1'],
    });
  });

  it('takes a name with a trailing dot as it is, and goes no further than what cannot be asked for', async () => {
    const search = ['ns.test', 'test'];
    const zone: DnsZone = { 'A api.test': [a('api.test', '10.0.0.1')] };
    expect(await found({ name: '{service}.:3000', search }, zone)).toEqual({ places: [], asked: ['A api'] });
    dns.asked.length = 0;
    expect(await found({ name: '{service}:3000', search }, { ...zone, 'A api.ns.test': 2 })).toEqual({
      places: 'catalog_unavailable',
      asked: ['A api.ns.test'],
    });
  });

  it.each([
    ['a port of 0', { name: '{service}', ports: { api: 0 } }],
    ['a port that is none', { name: '{service}', ports: { api: 70_000 } }],
  ])('refuses %s', (_, source) => {
    expect(() => openDiscovery({ kind: 'dns', ...source })).toThrow(/port of api/);
  });
});
