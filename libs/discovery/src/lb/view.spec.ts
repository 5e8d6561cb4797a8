import { describe, expect, it } from '@jest/globals';
import { upstreamView } from '@nestfleet/contracts';
import { DiscoveryError } from '../errors.ts';
import type { Health, Instance } from '../instance.ts';
import type { EjectionReason } from './ejection.ts';
import type { MemberState } from './pick.ts';
import type { Upstream } from './upstream.ts';
import { upstreamViews } from './view.ts';

const instance = (id: string, health: Health): Instance => ({
  id,
  service: 'api',
  address: '10.0.0.1',
  port: 1,
  health,
  tags: [],
  meta: {},
  weight: 1,
  epoch: 0,
});
const member = (id: string, ejectedForMs: number, why?: EjectionReason): MemberState => ({
  instance: instance(id, 'passing'),
  inFlight: 0,
  ewmaMs: 0,
  ejectedForMs,
  why,
  failures: why === undefined ? 0 : 3,
});
const instances = [instance('a', 'passing'), instance('b', 'passing'), instance('c', 'critical')];
const seen = (part: Partial<Upstream>) => ({
  all: () => [
    {
      service: 'api',
      members: () => [member('a', 0), member('b', 900.4, 'timeout'), member('c', 0, 'refused')],
      ...part,
    } as Upstream,
  ],
});

describe('upstreamViews', () => {
  it('tells age, health and which instances are ejected, why and until when, in the words of the wire', () => {
    const [view] = upstreamViews(seen({ instances: () => ({ instances, asOfMs: 5_000 }) }), 7_500);
    expect(upstreamView.parse(view)).toEqual({
      service: 'api',
      as_of_ms: 5_000,
      age_ms: 2_500,
      stale: false,
      cached: false,
      instances: { passing: 2, critical: 1, maintenance: 0 },
      ejected: [
        { id: 'b', why: 'timeout', failures: 3, until_ms: 8_400 },
        { id: 'c', why: 'refused', failures: 3, until_ms: 7_500 },
      ],
      ejected_count: 2,
    });
  });

  it('names no more ejected instances than a report may carry, and counts them all', () => {
    const members = Array.from({ length: 120 }, (_, at) => member(`i-${at}`, 1_000, 'error'));
    const [view] = upstreamViews(seen({ instances: () => ({ instances, asOfMs: 1 }), members: () => members }), 1);
    expect(upstreamView.parse(view)).toMatchObject({ ejected_count: 120 });
    expect(view!.ejected.map(({ id }) => id)).toEqual(members.slice(0, 50).map(({ instance: { id } }) => id));
  });

  it('has no age before the first answer, and says that the catalog is unreachable', () => {
    const error = new DiscoveryError('catalog_unavailable', 'unreachable');
    const views = upstreamViews(seen({ instances: () => ({ instances: [], asOfMs: 0, error }) }), 7_500);
    expect(views).toMatchObject([{ as_of_ms: 0, age_ms: null, stale: true }]);
    const kept = upstreamViews(seen({ instances: () => ({ instances, asOfMs: 500, error, cached: true }) }), 7_500);
    expect(kept).toMatchObject([{ age_ms: 7_000, stale: true, cached: true }]);
  });
});
