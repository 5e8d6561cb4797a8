import { describe, expect, it } from '@jest/globals';
import { topology } from '@nestfleet/contracts';
import { DiscoveryError, type Instance } from '@nestfleet/discovery';
import { UpstreamSlots } from '../proxy/upstream-slots.ts';
import { toTopology } from './topology.ts';

const instance = (id: string, meta: Record<string, string>): Instance => ({
  id,
  service: 'api',
  address: '10.0.0.1',
  port: 3000,
  health: 'passing',
  tags: [],
  meta,
  weight: 1,
  epoch: 7,
});

const nothing = { reportOf: () => null, runOf: () => undefined, ejectionsOf: () => [], slotsOf: () => undefined };

describe('toTopology', () => {
  it('sorts by name as people count, falls back to the id, and fits its schema', () => {
    const instances = [
      instance('api-c-7', { instance_name: 'api-10', version: '1.2.3' }),
      instance('api-b-7', { instance_name: 'api-2', version: '1.2.3' }),
      instance('api-a-7', {}),
    ];
    const told = toTopology([{ name: 'api', snapshot: { instances, asOfMs: 5 } }], nothing);
    expect(told.services[0]?.instances.map(({ name, version }) => [name, version])).toEqual([
      ['api-2', '1.2.3'],
      ['api-10', '1.2.3'],
      ['api-a-7', 'unknown'],
    ]);
    expect(topology.parse(told)).toEqual(told);
  });

  it('takes version and start from the instance where its entry, as in Kubernetes, does not say', () => {
    const run = { version: '1.2.4', startedAtMs: 9 };
    const instances = [
      instance('api-a', { version: '1.2.3' }),
      { ...instance('api-b', {}), epoch: 0 },
      { ...instance('api-c', {}), epoch: 0 },
    ];
    const view = { name: 'api', snapshot: { instances, asOfMs: 5 } };
    const told = toTopology([view], { ...nothing, runOf: (id) => (id === 'api-c' ? undefined : run) });
    expect(told.services[0]?.instances.map(({ version, epoch }) => [version, epoch])).toEqual([
      ['1.2.3', 7],
      ['1.2.4', 9],
      ['unknown', 0],
    ]);
  });

  it('has for each instance who has ejected it', () => {
    const ejection = { id: 'g-1', name: 'gateway-1', why: 'refused', failures: 1, until_ms: 9 } as const;
    const ejectionsOf = (id: string) => (id === 'api-b-7' ? [ejection] : []);
    const instances = [instance('api-a-7', {}), instance('api-b-7', {})];
    const view = { name: 'api', snapshot: { instances, asOfMs: 5 } };
    const told = toTopology([view], { ...nothing, ejectionsOf });
    expect(told.services[0]?.instances.map(({ ejected_by }) => ejected_by)).toEqual([[], [ejection]]);
    expect(topology.parse(told)).toEqual(told);
  });

  it('has for each instance the slots that are in use', () => {
    const slots = new UpstreamSlots(2, 1, 3);
    slots.requests.take('api-b-7');
    slots.streams.take('api-b-7');
    const instances = [instance('api-a-7', {}), instance('api-b-7', {})];
    const view = { name: 'api', snapshot: { instances, asOfMs: 5 } };
    const told = toTopology([view], { ...nothing, slotsOf: (id) => slots.usedOf(id) });
    expect(told.services[0]?.instances.map((each) => each.slots)).toEqual([
      undefined,
      { requests: { used: 1, max: 2 }, streams: { used: 1, max: 1 }, upgrades: { used: 0, max: 2 } },
    ]);
    expect(topology.parse(told)).toEqual(told);
  });

  it('marks a view as stale while the catalog is unreachable', () => {
    const error = new DiscoveryError('catalog_unavailable', 'no agent answers');
    const told = toTopology([{ name: 'worker', snapshot: { instances: [], asOfMs: 5, error } }], nothing);
    expect(told).toEqual({ services: [{ name: 'worker', as_of_ms: 5, stale: true, instances: [] }] });
  });
});
