import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@nestfleet/timing';
import { type Discovery, type DiscoverySource, openDiscovery } from '../src/index.ts';
import { startDnsServer, type DnsServer, type DnsZone } from './dns-server.ts';

const SERVER_FAILURE = 2;

/** Records live a second, so that a change is seen soon. */
const a = (name: string, address: string) => ({ type: 'A', name, address, ttlS: 1 }) as const;
const srv = (target: string, priority: number, port = 4001) =>
  ({ type: 'SRV', name: '_http._tcp.api.test', target, port, priority, weight: 1, ttlS: 1 }) as const;
const SERVICES = 'SRV _http._tcp.api.test';
const NAME = '_http._tcp.{service}.test';

describe('instances by the names of a DNS server', () => {
  let dns: DnsServer;
  let discovery: Discovery | undefined;
  let warnings: Record<string, unknown>[];

  beforeEach(async () => {
    dns = await startDnsServer();
    warnings = [];
  });
  afterEach(() => {
    discovery?.close();
    dns.close();
  });

  const openDns = (source: Omit<Extract<DiscoverySource, { kind: 'dns' }>, 'kind'>): void => {
    const log = { info: () => undefined, warn: (fields: Record<string, unknown>) => void warnings.push(fields) };
    discovery = openDiscovery({ kind: 'dns', servers: [dns.address], ...source }, { log });
  };
  const placesNow = (): string[] =>
    discovery!.upstreams
      .of('api')
      .instances()
      .instances.map(({ address, port }) => `${address}:${port}`);
  /** True once these are the instances, in whatever order. */
  const sees = (...places: string[]): Promise<boolean> =>
    until(() => placesNow().toSorted().join() === places.toSorted().join(), 5_000);
  /** One more answer has been taken in: the next question came after it. */
  const asksAgain = async (): Promise<void> => {
    const seen = dns.asked.filter((each) => each === SERVICES).length;
    await until(() => dns.asked.filter((each) => each === SERVICES).length > seen + 1, 20_000);
  };

  it('priorities: the lowest one alone, the next where none of it has an address, and back', async () => {
    const services = [srv('new.test', 10), srv('old.test', 20), srv('backup.test', 30)];
    const rest = { 'A old.test': [a('old.test', '127.0.0.2')], 'A backup.test': [a('backup.test', '127.0.0.3')] };
    dns.zone = { [SERVICES]: services, 'A new.test': [a('new.test', '127.0.0.1')], ...rest };
    openDns({ name: NAME });
    await expect(sees('127.0.0.1:4001')).resolves.toBe(true);
    dns.zone = { [SERVICES]: services, ...rest };
    await expect(sees('127.0.0.2:4001')).resolves.toBe(true);
    dns.zone = { [SERVICES]: services, 'A new.test': [a('new.test', '127.0.0.1')], ...rest };
    await expect(sees('127.0.0.1:4001')).resolves.toBe(true);
  });

  it('several addresses: each of a target is an instance that is called', async () => {
    dns.zone = {
      [SERVICES]: [srv('n1.test', 1, 4001), srv('n2.test', 1, 4002)],
      'A n1.test': [a('n1.test', '127.0.0.1'), a('n1.test', '127.0.0.2'), a('n1.test', '127.0.0.3')],
      'A n2.test': [a('n2.test', '127.0.0.1')],
    };
    openDns({ name: NAME });
    await expect(sees('127.0.0.1:4001', '127.0.0.2:4001', '127.0.0.3:4001', '127.0.0.1:4002')).resolves.toBe(true);
    const called = new Set<string>();
    const call = (): Promise<unknown> =>
      discovery!.upstreams
        .of('api')
        .call(({ id }) => Promise.resolve(called.add(id)), { deadlineMs: 5_000, attempts: 1 });
    for (let at = 0; at < 100; at += 1) await call();
    expect(called.size).toBe(4);
  });

  it.each([
    ['does not exist', undefined],
    ['cannot be asked for', SERVER_FAILURE],
  ])('one bad target that %s: the others stay, with one warning', async (_, fault) => {
    const bad: DnsZone = fault === undefined ? {} : { 'A bad.test': fault };
    dns.zone = {
      [SERVICES]: [srv('n1.test', 1), srv('bad.test', 1), srv('n2.test', 1)],
      'A n1.test': [a('n1.test', '127.0.0.1')],
      'A n2.test': [a('n2.test', '127.0.0.2')],
      ...bad,
    };
    openDns({ name: NAME });
    await expect(sees('127.0.0.1:4001', '127.0.0.2:4001')).resolves.toBe(true);
    await asksAgain();
    expect(placesNow()).toHaveLength(2);
    expect(discovery!.upstreams.of('api').instances().error).toBeUndefined();
    expect(warnings.map(({ event, targets }) => [event, targets])).toEqual([
      ['discovery.targets_unresolved', ['bad.test']],
    ]);
    dns.zone = { ...dns.zone, 'A bad.test': [a('bad.test', '127.0.0.3')] };
    await expect(sees('127.0.0.1:4001', '127.0.0.2:4001', '127.0.0.3:4001')).resolves.toBe(true);
  });

  it('one bad target that was good keeps its last address while it cannot be asked for', async () => {
    dns.zone = {
      [SERVICES]: [srv('n1.test', 1), srv('n2.test', 1)],
      'A n1.test': [a('n1.test', '127.0.0.1')],
      'A n2.test': [a('n2.test', '127.0.0.2')],
    };
    openDns({ name: NAME });
    await expect(sees('127.0.0.1:4001', '127.0.0.2:4001')).resolves.toBe(true);
    dns.zone = { ...dns.zone, 'A n1.test': SERVER_FAILURE };
    await asksAgain();
    expect(placesNow().toSorted()).toEqual(['127.0.0.1:4001', '127.0.0.2:4001']);
  });

  it('search list: a name of one part is found in the second domain, one with dots as the third name that is tried', async () => {
    dns.zone = { 'A api.test': [a('api.test', '127.0.0.1')] };
    openDns({ name: '{service}:3000', search: ['ns.test', 'test'] });
    await expect(sees('127.0.0.1:3000')).resolves.toBe(true);
    expect(dns.asked.filter((each) => each.startsWith('A ')).slice(0, 2)).toEqual(['A api.ns.test', 'A api.test']);
    discovery!.close();
    dns.asked.length = 0;
    dns.zone = { [SERVICES]: [srv('n1.test', 1)], 'A n1.test': [a('n1.test', '127.0.0.2')] };
    openDns({ name: '_http._tcp.{service}', search: ['ns.test', 'test'] });
    await expect(sees('127.0.0.2:4001')).resolves.toBe(true);
    const asked = dns.asked.filter((each) => each.startsWith('SRV'));
    expect(asked.slice(0, 3)).toEqual(['SRV _http._tcp.api', 'SRV _http._tcp.api.ns.test', SERVICES]);
  });

  it('ports: by setting for addresses, of the name for other services, and by SRV name', async () => {
    dns.zone = {
      'A api.test': [a('api.test', '127.0.0.1'), a('api.test', '127.0.0.2')],
      [SERVICES]: [srv('n1.test', 1, 4001)],
      'A n1.test': [a('n1.test', '127.0.0.3')],
    };
    for (const [source, expected] of [
      [{ name: '{service}.test:3000' }, ['127.0.0.1:3000', '127.0.0.2:3000']],
      [{ name: '{service}.test:3000', ports: { api: 3001 } }, ['127.0.0.1:3001', '127.0.0.2:3001']],
      [{ name: '{service}.test:3000', ports: { worker: 3002 } }, ['127.0.0.1:3000', '127.0.0.2:3000']],
      [{ name: '{service}.test', ports: { api: 3001 } }, ['127.0.0.1:3001', '127.0.0.2:3001']],
      [{ name: NAME, ports: { worker: 3002 } }, ['127.0.0.3:4001']],
    ] as const) {
      openDns(source);
      await expect(sees(...expected)).resolves.toBe(true);
      discovery!.close();
    }
  });
});
