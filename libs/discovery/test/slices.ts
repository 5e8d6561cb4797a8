import type { Endpoint } from '../src/kubernetes/endpoint-slice.ts';
import type { SliceDraft } from '../src/testing.ts';
import type { BenchInstance } from './catalog-conformance.ts';

const CONDITIONS: Readonly<Record<BenchInstance['health'], Endpoint['conditions']>> = {
  passing: { ready: true, serving: true, terminating: false },
  maintenance: { ready: false, serving: true, terminating: true },
  critical: { ready: false, serving: false, terminating: false },
};

/** One slice for each, because each has a port of its own, and ports are those of a slice. */
export const sliceFor = ({ id, address, port, health }: BenchInstance): SliceDraft => ({
  name: `slice-${id}`,
  addressType: 'IPv4',
  endpoints: [{ addresses: [address], conditions: CONDITIONS[health], targetRef: { kind: 'Pod', name: id } }],
  ports: [{ name: 'http', port, protocol: 'TCP' }],
});

/** All that a slice says of an instance. */
export const asListed = ({ id, address, port, health }: BenchInstance): BenchInstance => ({
  id,
  address,
  port,
  health,
  tags: [],
  meta: { instance_name: id },
  weight: 1,
  epoch: 0,
});
