import { describe, expect, it } from '@jest/globals';
import type { EjectedInstance, UpstreamView } from '@nestfleet/contracts';
import { ejectionsOf } from './ejections.ts';

const view = (service: string, ...ejected: EjectedInstance[]): UpstreamView => ({
  service,
  as_of_ms: 1,
  age_ms: 1,
  stale: false,
  cached: false,
  instances: { passing: 2, critical: 0, maintenance: 0 },
  ejected,
  ejected_count: ejected.length,
});

describe('ejectionsOf', () => {
  it('names for an instance everybody who has ejected it, with reason and end', () => {
    const slow = { id: 'api-2-7', why: 'timeout', failures: 3, until_ms: 70 } as const;
    const gone = { id: 'api-2-7', why: 'refused', failures: 3, until_ms: 50 } as const;
    const worker = { id: 'worker-1-7', why: 'error', failures: 3, until_ms: 90 } as const;
    const of = ejectionsOf([
      { id: 'g-1', name: 'gateway-1', upstreams: [view('api', slow), view('worker', worker)] },
      { id: 'g-2', name: 'gateway-2', upstreams: [view('api', gone)] },
      { id: 'g-3', name: 'gateway-3', upstreams: [view('api')] },
    ]);
    expect(of('api-2-7')).toEqual([
      { id: 'g-1', name: 'gateway-1', why: 'timeout', failures: 3, until_ms: 70 },
      { id: 'g-2', name: 'gateway-2', why: 'refused', failures: 3, until_ms: 50 },
    ]);
    expect(of('worker-1-7')).toEqual([{ id: 'g-1', name: 'gateway-1', why: 'error', failures: 3, until_ms: 90 }]);
    expect(of('api-1-7')).toEqual([]);
  });

  it('takes the first word of an observer: its own view is newer than its report', () => {
    const of = ejectionsOf([
      { id: 'g-1', name: 'gateway-1', upstreams: [view('api')] },
      {
        id: 'g-1',
        name: 'gateway-1',
        upstreams: [view('api', { id: 'api-2-7', why: 'error', failures: 3, until_ms: 9 })],
      },
    ]);
    expect(of('api-2-7')).toEqual([]);
  });
});
