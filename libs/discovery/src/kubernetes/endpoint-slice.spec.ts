import { describe, expect, it } from '@jest/globals';
import { healthOf, instancesOf, type Endpoint, type EndpointSlice } from './endpoint-slice.ts';

const PORTS = [
  { name: 'http', port: 3_000, protocol: 'TCP' },
  { name: 'rpc', port: 3_100, protocol: 'TCP' },
  { name: 'control', port: 3_200, protocol: 'TCP' },
  { name: 'metrics', port: 9_464, protocol: 'TCP' },
];
const TERMINATING = { ready: false, serving: true, terminating: true };

const pod = (name: string, address: string, more: Partial<Endpoint> = {}): Endpoint => ({
  addresses: [address],
  conditions: { ready: true, serving: true, terminating: false },
  targetRef: { kind: 'Pod', name },
  ...more,
});

const slice = (version: string, endpoints: Endpoint[], more: Partial<EndpointSlice> = {}): EndpointSlice => ({
  metadata: { name: `slice-${version}`, resourceVersion: version },
  addressType: 'IPv4',
  endpoints,
  ports: PORTS,
  ...more,
});

describe('healthOf', () => {
  it.each([
    ['passing', { ready: true, serving: true, terminating: false }],
    ['critical', { ready: false, serving: false, terminating: false }],
    ['maintenance', { ready: false, serving: true, terminating: true }],
    // Its readiness fails because it drains: it counts for no panic.
    ['maintenance', { ready: false, serving: false, terminating: true }],
    // What is not said is what Kubernetes defines.
    ['passing', undefined],
    ['passing', null],
    ['passing', {}],
    ['passing', { ready: null }],
    ['critical', { ready: false }],
    ['passing', { ready: true, serving: null, terminating: null }],
    ['maintenance', { ready: false, terminating: true }],
    ['maintenance', { serving: true, terminating: true }],
    ['maintenance', { terminating: true }],
    // A Service with publishNotReadyAddresses says ready of all, and serving of those that are.
    ['maintenance', { ready: true, serving: true, terminating: true }],
    ['maintenance', { ready: true, serving: false, terminating: true }],
  ])('is %s for %j', (health, conditions) => {
    expect(healthOf(conditions)).toBe(health);
  });
});

describe('instancesOf', () => {
  it('has of a pod all that an entry of Consul has: id, HTTP port, the other ports by name, zone', () => {
    const endpoint = pod('api-7f9c-x2bvq', '10.244.1.7', { zone: 'eu-1a', hints: { forZones: [{ name: 'eu-1a' }] } });
    expect(instancesOf('api', [slice('7', [endpoint])])).toEqual([
      {
        id: 'api-7f9c-x2bvq',
        service: 'api',
        address: '10.244.1.7',
        port: 3_000,
        health: 'passing',
        tags: [],
        meta: {
          rpc_port: '3100',
          control_port: '3200',
          metrics_port: '9464',
          instance_name: 'api-7f9c-x2bvq',
          zone: 'eu-1a',
          zone_hints: 'eu-1a',
        },
        weight: 1,
        epoch: 0,
      },
    ]);
  });

  it.each([
    ['a port without a name is the only one', [{ name: '', port: 8_080 }], 8_080],
    ['a port without a name at all', [{ port: 8_080, protocol: null }], 8_080],
    ['no port of that name', [{ name: 'metrics', port: 9_464 }], 0],
    ['a port of UDP is another', [{ name: 'http', port: 443, protocol: 'UDP' }], 0],
    ['a port without a number', [{ name: 'http', port: null }], 0],
    ['any port', null, 0],
  ])('%s', (_, ports, port) => {
    expect(instancesOf('api', [slice('7', [pod('a', '10.0.0.1')], { ports })])).toMatchObject([{ id: 'a', port }]);
  });

  it('has those of all slices, sorted by id, and those that are no pods by their address', () => {
    const outside: Endpoint = { addresses: ['192.0.2.9'], conditions: null, targetRef: null };
    const slices = [
      slice('7', [pod('c', '10.0.0.3'), outside]),
      slice('8', [pod('a', '10.0.0.1')]),
      slice('9', [], { endpoints: null }),
      slice('10', [{ addresses: [] }]),
    ];
    expect(instancesOf('api', slices).map(({ id, address }) => [id, address])).toEqual([
      ['a', '10.0.0.1'],
      ['api-192.0.2.9:3000', '192.0.2.9'],
      ['c', '10.0.0.3'],
    ]);
  });

  it.each([
    ['9', '10', 'maintenance'],
    ['10', '9', 'passing'],
    ['98', '99', 'maintenance'],
  ])('one that stands in two slices, of versions %s and %s, is as the newer one says', (ready, leaving, health) => {
    const one = slice(ready, [pod('a', '10.0.0.1')]);
    const other = slice(leaving, [pod('a', '10.0.0.1', { conditions: TERMINATING })]);
    for (const slices of [
      [one, other],
      [other, one],
    ])
      expect(instancesOf('api', slices)).toMatchObject([{ id: 'a', health }]);
  });

  it('one with addresses of two families is one instance at that of IPv4, as the newer slice says', () => {
    const four = slice('7', [pod('a', '10.0.0.1')]);
    const six = slice('8', [pod('a', 'fd00::1', { conditions: TERMINATING }), pod('b', 'fd00::2')], {
      addressType: 'IPv6',
    });
    for (const slices of [
      [four, six],
      [six, four],
    ])
      expect(instancesOf('api', slices)).toMatchObject([
        { id: 'a', address: '10.0.0.1', health: 'maintenance' },
        { id: 'b', address: 'fd00::2', health: 'passing' },
      ]);
  });
});
