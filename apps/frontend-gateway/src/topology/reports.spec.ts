import { describe, expect, it } from '@jest/globals';
import type { ControlDescription, ControlReport } from '@nestfleet/contracts';
import { Reports } from './reports.ts';

const report = (in_flight: number): ControlReport => ({
  phase: 'serving',
  load: { requests_per_second: 1, in_flight },
  event_loop_lag: { p50_ms: 0, p99_ms: 1 },
  memory: { rss_bytes: 2, heap_used_bytes: 1 },
  upstreams: [],
});
const described = (in_flight: number): ControlDescription => ({
  ...report(in_flight),
  service: 'api',
  instance_id: 'a',
  name: 'a',
  version: '1.2.3',
  started_at_ms: 7,
});
const says = (id: string, in_flight: number) => ({ id, report: () => Promise.resolve(described(in_flight)) });
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function gathered() {
  const clock = { nowMs: 50_000 };
  return { clock, reports: new Reports(() => clock.nowMs) };
}

describe('Reports', () => {
  it('has what was said at the last request, with its time', async () => {
    const { reports } = gathered();
    expect(reports.of('a')).toBeNull();
    reports.want([says('a', 1), says('b', 2)]);
    await settled();
    expect(reports.of('a')).toEqual({ ...report(1), as_of_ms: 50_000 });
    expect(reports.of('b')?.load.in_flight).toBe(2);
    expect(reports.of('c')).toBeNull();
  });

  it('asks once in two seconds however many want to know, and not again while an answer is out', async () => {
    const { reports, clock } = gathered();
    let asked = 0;
    const { promise, resolve } = Promise.withResolvers<ControlDescription>();
    const slow = { id: 'a', report: () => ((asked += 1), promise) };
    for (let i = 0; i < 5; i += 1) reports.want([slow]);
    clock.nowMs += 5_000;
    reports.want([slow]);
    expect(asked).toBe(1);
    resolve(described(1));
    await settled();
    reports.want([slow]);
    expect(asked).toBe(2);
    await settled();
    clock.nowMs += 1_999;
    reports.want([slow]);
    expect(asked).toBe(2);
    clock.nowMs += 1;
    reports.want([slow]);
    expect(asked).toBe(3);
  });

  it('asks few at once', async () => {
    const { reports } = gathered();
    let most = 0;
    let now = 0;
    const many = Array.from({ length: 100 }, (_, n) => ({
      id: `i-${n}`,
      report: async () => {
        now += 1;
        most = Math.max(most, now);
        await Promise.resolve();
        now -= 1;
        return described(n);
      },
    }));
    reports.want(many);
    await settled();
    expect(most).toBe(16);
    expect(reports.of('i-99')?.load.in_flight).toBe(99);
  });

  it('forgets who no longer answers, who is gone, and what is old', async () => {
    const { reports, clock } = gathered();
    reports.want([says('a', 1), says('b', 1), says('c', 1)]);
    await settled();
    clock.nowMs += 2_000;
    reports.want([{ id: 'a', report: () => Promise.reject(new Error('hangs')) }, says('b', 2)]);
    await settled();
    expect([reports.of('a'), reports.of('b')?.load.in_flight, reports.of('c')]).toEqual([null, 2, null]);
    // Which run it is does not change while it hangs.
    const run = { version: '1.2.3', startedAtMs: 7 };
    expect([reports.runOf('a'), reports.runOf('b'), reports.runOf('c')]).toEqual([run, run, undefined]);
    clock.nowMs += 10_001;
    expect(reports.of('b')).toBeNull();
  });

  it('asks again, and shows nothing of a time to come, when the clock was set back', async () => {
    const { reports, clock } = gathered();
    reports.want([says('a', 1)]);
    await settled();
    clock.nowMs -= 30_000;
    expect(reports.of('a')).toBeNull();
    reports.want([says('a', 2)]);
    await settled();
    expect(reports.of('a')?.load.in_flight).toBe(2);
  });
});
