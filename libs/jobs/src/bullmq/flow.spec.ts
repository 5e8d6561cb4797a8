import { describe, expect, it } from '@jest/globals';
import { type Flow, judgeFlow, LOOK_INTERVAL_MS, type Look, STUCK_MS } from './flow.ts';

const stuck: Omit<Look, 'atMs'> = { fetched: 7, polled: 5, ready: true, waiting: 3 };

/** When connections were rebuilt, by what each look found. */
function rebuiltAt(found: readonly Partial<Look>[], everyMs = LOOK_INTERVAL_MS): number[] {
  let flow: Flow = { atMs: 0, fetched: stuck.fetched, stuckSinceMs: undefined, rebuiltAt: undefined };
  const rebuilt: number[] = [];
  found.forEach((look, n) => {
    const { rebuild, ...next } = judgeFlow(flow, { ...stuck, atMs: (n + 1) * everyMs, ...look });
    flow = next;
    if (rebuild) rebuilt.push(flow.atMs);
  });
  return rebuilt;
}
const times = (count: number, look: Partial<Look> = {}) => Array.from({ length: count }, () => look);

describe('judgeFlow', () => {
  const first = LOOK_INTERVAL_MS + STUCK_MS;

  it('rebuilds when jobs wait and none was fetched for 15 s, and again after as long', () => {
    expect(rebuiltAt(times(12))).toEqual([first, first + STUCK_MS]);
  });

  it.each<[what: string, look: Partial<Look>]>([
    ['nothing waits', { waiting: 0 }],
    ['it is busy, paused or refused', { ready: false }],
  ])('never while %s', (_what, look) => {
    expect(rebuiltAt(times(100, look))).toEqual([]);
  });

  it('begins anew when a job was fetched, however slowly', () => {
    const found = times(100).map((_look, n) => ({ fetched: 7 + Math.floor(n / 4) }));
    expect(rebuiltAt(found)).toEqual([]);
  });

  it('begins anew when nothing waited, or it was not ready, in between', () => {
    expect(rebuiltAt([...times(5), { waiting: 0 }, ...times(5)])).toEqual([]);
    expect(rebuiltAt([...times(5), { ready: false }, ...times(5)])).toEqual([]);
  });

  it.each<[what: string, look: Partial<Look>, isWell: boolean]>([
    ['it has fetched a job', { fetched: 8 }, true],
    ['it has asked for a job, and none waits', { polled: 6, waiting: 0 }, true],
    ['the same of a consumer that is not ready', { polled: 6, waiting: 0, ready: false }, true],
    ['none waits, but it has not asked', { waiting: 0 }, false],
    ['it has asked, and jobs wait', { polled: 6 }, false],
    ['it has asked, and Redis does not say whether jobs wait', { polled: 6, waiting: undefined }, false],
  ])('is well again after a rebuild when %s: %p gives %p', (_what, look, isWell) => {
    const before: Flow = { atMs: 0, fetched: 7, stuckSinceMs: 0, rebuiltAt: 5 };
    const { rebuiltAt: stays } = judgeFlow(before, { ...stuck, atMs: LOOK_INTERVAL_MS, ...look });
    expect(stays).toBe(isWell ? undefined : 5);
  });

  it('remembers at which poll it rebuilt', () => {
    const before: Flow = { atMs: STUCK_MS - LOOK_INTERVAL_MS, fetched: 7, stuckSinceMs: 0, rebuiltAt: undefined };
    expect(judgeFlow(before, { ...stuck, atMs: STUCK_MS })).toMatchObject({ rebuild: true, rebuiltAt: 5 });
  });

  it('takes a stop of its own process for no fault of the connections', () => {
    expect(rebuiltAt(times(10), 60_000)).toEqual([]);
  });
});
