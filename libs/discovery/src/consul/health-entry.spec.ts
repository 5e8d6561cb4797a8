import { describe, expect, it } from '@jest/globals';
import { instancesOf, type ConsulHealthEntry } from './health-entry.ts';

function entry(
  checks: Record<string, string>,
  { node = '10.0.0.9', ...service }: Partial<ConsulHealthEntry['Service']> & { node?: string } = {},
): ConsulHealthEntry {
  return {
    Node: { Address: node },
    Service: {
      ID: 'api-a-5',
      Service: 'api',
      Address: '10.0.0.1',
      Port: 3000,
      Tags: ['blue'],
      Meta: { epoch: '5' },
      ...service,
    },
    Checks: Object.entries(checks).map(([CheckID, Status]) => ({ CheckID, Status })),
  };
}

const healthOf = (checks: Record<string, string>) => instancesOf([entry(checks)])[0]?.health;

describe('health', () => {
  it.each([
    [{}, 'passing'],
    [{ serfHealth: 'passing', 'service:api-a-5': 'passing' }, 'passing'],
    [{ serfHealth: 'passing', 'service:api-a-5': 'warning' }, 'critical'],
    [{ serfHealth: 'passing', 'service:api-a-5': 'critical' }, 'critical'],
    [{ serfHealth: 'critical', 'service:api-a-5': 'passing' }, 'critical'],
    [{ 'service:api-a-5': 'passing', '_service_maintenance:api-a-5': 'critical' }, 'maintenance'],
    [{ 'service:api-a-5': 'critical', '_service_maintenance:api-a-5': 'critical' }, 'maintenance'],
    [{ _node_maintenance: 'critical', 'service:api-a-5': 'passing' }, 'maintenance'],
  ])('%j is %s', (checks: Record<string, string>, health) => {
    expect(healthOf(checks)).toBe(health);
  });
});

describe('instancesOf', () => {
  it('takes every field', () => {
    expect(instancesOf([entry({}, { Weights: { Passing: 3 } })])).toEqual([
      {
        id: 'api-a-5',
        service: 'api',
        address: '10.0.0.1',
        port: 3000,
        health: 'passing',
        tags: ['blue'],
        meta: { epoch: '5' },
        weight: 3,
        epoch: 5,
      },
    ]);
  });

  it('fills in what an entry written by others lacks', () => {
    expect(instancesOf([entry({}, { Address: '', Tags: null, Meta: null })])).toMatchObject([
      { address: '10.0.0.9', tags: [], meta: {}, weight: 1, epoch: 0 },
    ]);
  });

  it.each(['', '0x10', '1e3', '+5', ' 5', '5.0', '-5', 'new'])('takes %j for no epoch', (epoch) => {
    expect(instancesOf([entry({}, { Meta: { epoch } })])).toMatchObject([{ epoch: 0 }]);
  });

  const ours = 'service:api-a-5';
  const maintenance = { '_service_maintenance:api-a-5': 'critical' };
  it.each([
    ['the passing one', entry({ [ours]: 'passing' }), entry({ [ours]: 'critical' })],
    ['the newer epoch', entry({ [ours]: 'critical' }, { Meta: { epoch: '6' } }), entry({ [ours]: 'passing' })],
    ['what it asked for itself', entry({ [ours]: 'passing', ...maintenance }), entry({ [ours]: 'passing' })],
    ['a node that is alive', entry({ serfHealth: 'passing' }), entry({ serfHealth: 'critical', ...maintenance })],
  ])('counts an id that two nodes list once: %s', (_, right, wrong) => {
    right.Service.Address = '10.0.0.2';
    const other = entry({}, { ID: 'api-0-1' });
    for (const body of [
      [wrong, right, other],
      [right, wrong, other],
    ]) {
      expect(instancesOf(body).map(({ id, address }) => [id, address])).toEqual([
        ['api-0-1', '10.0.0.1'],
        ['api-a-5', '10.0.0.2'],
      ]);
    }
  });

  it('refuses what is no list', () => {
    expect(() => instancesOf({ error: 'rate limited' })).toThrow('no list');
  });
});
