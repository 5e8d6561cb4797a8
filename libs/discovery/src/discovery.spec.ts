import { describe, expect, it } from '@jest/globals';
import { type DiscoverySource, openDiscovery } from './discovery.ts';

const definition = {
  service: 'api',
  slot: 'a',
  epoch: 1,
  version: '1',
  instanceName: 'api-1',
  address: '127.0.0.1',
  port: 3000,
  ports: { rpc: null, control: null, metrics: null },
};

describe('openDiscovery', () => {
  it('runs over a fixed list from one end to the other', async () => {
    const discovery = openDiscovery(
      { kind: 'fixed', services: { api: ['127.0.0.1:1', '127.0.0.1:2'] } },
      { balancer: 'round-robin', random: () => 0 },
    );
    const api = discovery.upstreams.of('api');
    expect(discovery.upstreams.of('api')).toBe(api);
    const port = () => api.call(({ port: number }) => Promise.resolve(number), { deadlineMs: 1_000, attempts: 1 });
    expect([await port(), await port(), await port()]).toEqual([1, 2, 1]);
    await expect(discovery.ping()).resolves.toBe(0);
    const registration = discovery.registration(definition);
    registration.announce();
    await registration.maintenance(true);
    await registration.withdraw();
    discovery.close();
    await expect(port()).rejects.toMatchObject({ code: 'closed' });
  });

  it('keeps to the zone of its process', async () => {
    const api = [1, 2, 3, 4].map((port) => ({ address: '127.0.0.1', port, meta: { zone: port < 3 ? 'a' : 'b' } }));
    const discovery = openDiscovery({ kind: 'fixed', services: { api } }, { balancer: 'round-robin', zone: 'b' });
    const upstream = discovery.upstreams.of('api');
    await upstream.ready();
    const ports = Array.from({ length: 20 }, () => upstream.pick()?.instance.port);
    expect(new Set(ports)).toEqual(new Set([3, 4]));
    discovery.close();
  });

  it('balances in another way over the same watch', async () => {
    const services = { api: ['127.0.0.1:1', '127.0.0.1:2'] };
    const discovery = openDiscovery({ kind: 'fixed', services }, { balancer: 'round-robin', random: () => 0 });
    const random = discovery.balancedBy('random');
    expect(random.catalog).toBe(discovery.catalog);
    expect(random.upstreams.of('api')).not.toBe(discovery.upstreams.of('api'));
    const port = () =>
      random.upstreams
        .of('api')
        .call(({ port: number }) => Promise.resolve(number), { deadlineMs: 1_000, attempts: 1 });
    expect([await port(), await port(), await port()]).toEqual([1, 1, 1]);
    discovery.close();
    await expect(port()).rejects.toMatchObject({ code: 'closed' });
  });

  it('logs and reports which instance is ejected and why, and each retry', async () => {
    const lines: unknown[] = [];
    const events: unknown[] = [];
    const line = (fields: Record<string, unknown>): void => void lines.push(fields);
    const discovery = openDiscovery(
      { kind: 'fixed', services: { api: ['127.0.0.1:1', '127.0.0.1:2'] } },
      {
        balancer: 'round-robin',
        random: () => 0,
        log: { info: line, warn: line },
        observer: {
          onEjected: (event) => events.push(event),
          onUnejected: () => {
            throw new Error('of the observer');
          },
          onRetry: (event) => events.push(event),
        },
      },
    );
    const api = discovery.upstreams.of('api');
    await api.ready();
    const only = 'api-127.0.0.1:2';
    const of = { service: 'api', instance: only };
    api.pick({ only })!.release('refused');
    api.pick({ only })!.release('ok');
    api.retries.take();
    expect(events).toEqual([
      { ...of, reason: 'refused', forMs: 1_000, times: 1 },
      { service: 'api', isGranted: true },
    ]);
    const balancer = 'round-robin';
    expect(lines).toEqual([
      { event: 'upstream.ejected', ...of, balancer, reason: 'refused', for_ms: 1_000, times: 1 },
      { event: 'upstream.unejected', ...of, balancer, reason: 'request_succeeded' },
      { event: 'upstream.observer_failed', reason: 'of the observer' },
    ]);
    discovery.close();
  });

  it.each<[string, DiscoverySource, string]>([
    ['of a fixed list', { kind: 'fixed', services: {} }, 'api-a-1'],
    ['of DNS', { kind: 'dns', name: '{service}.test', servers: ['127.0.0.1:1'] }, 'api-a-1'],
    // The pod's name, as others find it.
    ['of Kubernetes', { kind: 'kubernetes', server: 'http://127.0.0.1:1', namespace: 'shop' }, definition.instanceName],
  ])('%s says nothing of a registration: nothing is registered', async (_, source, id) => {
    const lines: string[] = [];
    const line = (_fields: unknown, message: string): void => void lines.push(message);
    const discovery = openDiscovery(source, { log: { info: line, warn: line } });
    const registration = discovery.registration(definition);
    expect(registration.id).toBe(id);
    registration.announce();
    // Reconciles, where it does so.
    await registration.maintenance(true);
    await registration.maintenance(false);
    expect(lines).toEqual([]);
    await registration.withdraw();
    discovery.close();
  });

  it('refuses faulty settings at once', () => {
    const faulty = expect.objectContaining({ code: 'invalid_settings' });
    expect(() => openDiscovery({ kind: 'consul', addresses: ['not an address'] })).toThrow(faulty);
    expect(() => openDiscovery({ kind: 'consul', addresses: ['127.0.0.1:1'], tokenFile: '/nowhere/token' })).toThrow(
      faulty,
    );
    const discovery = openDiscovery({ kind: 'consul', addresses: ['127.0.0.1:1'] });
    expect(() => discovery.registration({ ...definition, port: 0 })).toThrow(faulty);
    discovery.close();
  });
});
