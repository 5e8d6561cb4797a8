import { describe, expect, it } from '@jest/globals';
import { evictedFrom, parseNodes, parsePods, parseSlices, replicaOf } from './kubernetes-view.ts';

const SINCE = '2026-01-01T00:00:01Z';

const pod = (name: string, more: { phase?: string; ready?: string; deleted?: boolean } = {}) => ({
  metadata: {
    name,
    labels: { 'app.kubernetes.io/name': 'api' },
    ...(more.deleted ? { deletionTimestamp: SINCE } : {}),
  },
  spec: { nodeName: 'n1', containers: [{ name: 'api' }] },
  status: {
    phase: more.phase ?? 'Running',
    conditions: [{ type: 'Ready', status: more.ready ?? 'True' }],
    containerStatuses: [
      { name: 'other', containerID: 'containerd://ffff', restartCount: 7 },
      { name: 'api', containerID: 'containerd://0123', restartCount: 1, state: { running: { startedAt: SINCE } } },
    ],
  },
});

const node = (name: string, ready: string, unschedulable = false) => ({
  metadata: { name },
  spec: { unschedulable },
  status: {
    conditions: [{ type: 'Ready', status: ready }],
    addresses: [
      { type: 'Hostname', address: name },
      { type: 'InternalIP', address: '10.0.0.7' },
    ],
  },
});

describe('pods', () => {
  it('are what is known of each and of its first container', () => {
    const [found] = parsePods({ items: [pod('api-5f-x7')] });
    expect(found).toEqual({
      name: 'api-5f-x7',
      service: 'api',
      node: 'n1',
      isReady: true,
      isLeaving: false,
      containerName: 'api',
      containerId: '0123',
      restarts: 1,
      startedMs: Date.parse(SINCE),
    });
    expect(replicaOf(found!, 'api')).toEqual({
      id: 'api-5f-x7',
      service: 'api',
      servedBy: 'api-5f-x7',
      instanceId: 'api-5f-x7',
      startedMs: Date.parse(SINCE),
    });
  });

  it('are told apart: those that are not ready, on the way out, or have ended', () => {
    const items = [
      pod('waits', { ready: 'False' }),
      pod('leaves', { deleted: true }),
      pod('ended', { phase: 'Succeeded' }),
      pod('evicted', { phase: 'Failed' }),
    ];
    const seen = parsePods({ items }).map(({ name, isReady, isLeaving }) => [name, isReady, isLeaving]);
    expect(seen).toEqual([
      ['waits', false, false],
      ['leaves', true, true],
    ]);
  });

  it('were evicted from a node where they are gone afterwards, and were not leaving before', () => {
    const before = parsePods({ items: [pod('goes'), pod('stays'), pod('leaves', { deleted: true })] });
    const after = parsePods({ items: [pod('stays'), pod('new')] });
    expect(evictedFrom('n1', before, after)).toBe(1);
    expect(evictedFrom('n2', before, after)).toBe(0);
  });

  it('may have nothing to tell yet', () => {
    const items = [{ metadata: { name: 'new' }, spec: { containers: [{ name: 'api' }] }, status: {} }];
    expect(parsePods({ items })).toEqual([
      expect.objectContaining({ service: '', node: '', isReady: false, containerId: undefined, startedMs: undefined }),
    ]);
  });
});

describe('slices', () => {
  it.each([
    ['passing', { ready: true, serving: true, terminating: false }],
    ['passing', {}],
    ['critical', { ready: false }],
    ['critical', { ready: false, serving: false, terminating: false }],
    ['maintenance', { ready: false, serving: true, terminating: true }],
    ['critical', { ready: false, serving: false, terminating: true }],
  ])('say %s: %j', (health, conditions) => {
    const items = [{ endpoints: [{ targetRef: { name: 'api-1' }, conditions }] }];
    expect(parseSlices({ items })).toEqual([{ instanceId: 'api-1', health }]);
  });

  it('of two families are one entry for each pod, and an empty one is none', () => {
    const slice = { endpoints: [{ targetRef: { name: 'api-1' } }] };
    expect(parseSlices({ items: [slice, slice, { endpoints: null }, {}] })).toHaveLength(1);
  });
});

it('nodes are those that take pods, by their own addresses', () => {
  const items = [node('n1', 'True'), node('cordoned', 'True', true), node('lost', 'Unknown')];
  expect(parseNodes({ items })).toEqual([{ name: 'n1', address: '10.0.0.7' }]);
});
