import { describe, expect, it } from '@jest/globals';
import { HEALTH_PATHS } from '@nestfleet/contracts';
import { entryOf, type ServiceDefinition } from './service-definition.ts';

const definition: ServiceDefinition = {
  service: 'api',
  slot: 'host:3000',
  epoch: 1_700_000_000_000,
  version: '1.2.3',
  instanceName: 'api-1',
  address: '10.0.0.1',
  port: 3000,
  ports: { rpc: 3100, control: null, metrics: 9464 },
};

describe('entryOf', () => {
  it('writes id, meta and an HTTP check', () => {
    expect(entryOf({ ...definition, tags: ['blue'], weight: 2, meta: { zone: 'a', epoch: 'not this' } })).toEqual({
      id: 'api-host:3000-1700000000000',
      service: 'api',
      slot: 'host:3000',
      epoch: 1_700_000_000_000,
      address: '10.0.0.1',
      port: 3000,
      tags: ['blue'],
      weight: 2,
      meta: {
        zone: 'a',
        version: '1.2.3',
        epoch: '1700000000000',
        instance_name: 'api-1',
        rpc_port: '3100',
        metrics_port: '9464',
      },
      check: {
        kind: 'http',
        url: `http://10.0.0.1:3000${HEALTH_PATHS.ready}`,
        intervalMs: 1_000,
        timeoutMs: 800,
        deregisterAfterMs: 60_000,
      },
    });
  });

  it('checks another path, at other times, and says so to who probes it', () => {
    const check = { path: '/health?deep=1', intervalMs: 5_000, timeoutMs: 2_000, deregisterAfterMs: 120_000 };
    const entry = entryOf({ ...definition, check });
    const { path, ...times } = check;
    expect(entry.check).toEqual({ kind: 'http', url: `http://10.0.0.1:3000${path}`, ...times });
    expect(entry.meta['check_path']).toBe(path);
  });

  it('sends heartbeats without a port, with room for two lost ones', () => {
    const { port, check } = entryOf({ ...definition, port: null });
    expect(port).toBe(0);
    expect(check).toEqual({ kind: 'ttl', ttlMs: 10_000, heartbeatMs: 3_000, deregisterAfterMs: 60_000 });
  });

  it.each([
    [{ service: '' }, 'service'],
    [{ slot: 'a b' }, 'slot'],
    [{ address: 'http://x' }, 'address'],
    [{ epoch: 1.5 }, 'epoch'],
    [{ port: 0 }, 'port'],
    [{ check: { path: 'health' } }, 'check.path'],
    [{ check: { intervalMs: 0.5 } }, 'check.intervalMs'],
    [{ ports: { rpc: 70_000, control: null, metrics: null } }, 'ports.rpc'],
  ])('refuses %j', (fault, name) => {
    const making = () => entryOf({ ...definition, ...fault });
    expect(making).toThrow(expect.objectContaining({ code: 'invalid_settings' }));
    expect(making).toThrow(new RegExp(`^${name} is `));
  });
});
