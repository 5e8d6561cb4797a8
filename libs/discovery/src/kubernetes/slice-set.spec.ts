import { describe, expect, it } from '@jest/globals';
import { instancesOf, type EndpointSlice } from './endpoint-slice.ts';
import { createSliceSet } from './slice-set.ts';

const sliceOf = (name: string, resourceVersion: string, ...pods: string[]): EndpointSlice => ({
  metadata: { name, resourceVersion },
  addressType: 'IPv4',
  endpoints: pods.map((pod) => ({ addresses: ['10.0.0.1'], targetRef: { kind: 'Pod', name: pod } })),
});
const idsOf = ({ slices }: { slices: Iterable<EndpointSlice> }): string[] =>
  instancesOf('api', slices).map(({ id }) => id);

describe('createSliceSet', () => {
  it('keeps a pod of which one of two slices is deleted', () => {
    const items = [sliceOf('one', '6', 'a', 'b'), sliceOf('two', '7', 'a')];
    const set = createSliceSet({ metadata: { resourceVersion: '7' }, items });
    set.apply([{ type: 'DELETED', object: sliceOf('one', '8', 'a', 'b') }]);
    expect([idsOf(set), set.resourceVersion]).toEqual([['a'], '8']);
  });

  it('has what came before the event that says that the watch is over', () => {
    const set = createSliceSet({ metadata: { resourceVersion: '7' }, items: null });
    expect(() =>
      set.apply([
        { type: 'ADDED', object: sliceOf('one', '8', 'a') },
        { type: 'ERROR', object: { code: 410, message: 'too old' } },
        { type: 'ADDED', object: sliceOf('two', '9', 'b') },
      ]),
    ).toThrow(expect.objectContaining({ status: 410 }));
    expect([idsOf(set), set.resourceVersion]).toEqual([['a'], '8']);
  });

  it('keeps of a slice what is read of it', () => {
    const labels = { 'app.kubernetes.io/name': 'api' };
    const slice = { ...sliceOf('one', '7', 'a'), metadata: { name: 'one', resourceVersion: '7', labels }, kind: 'x' };
    const set = createSliceSet({ metadata: { resourceVersion: '7' }, items: [slice] });
    expect([...set.slices]).toEqual([sliceOf('one', '7', 'a')]);
  });
});
