import { describe, expect, it } from '@jest/globals';
import { answeredDuringStall } from '@nestfleet/timing/testing';
import { InFlight } from './in-flight.ts';

function inFlight() {
  let nowMs = 0;
  return { work: new InFlight<string>(() => nowMs), pass: (ms: number) => void (nowMs += ms) };
}

describe('InFlight', () => {
  it('knows what was begun and has not ended, in places that are used again', () => {
    const { work } = inFlight();
    const [endA, endB] = ['a', 'b'].map((name) => work.begin(name, {}));
    expect([work.count, work.all()]).toEqual([2, ['a', 'b']]);
    endA?.();
    expect([work.count, work.all()]).toEqual([1, ['b']]);
    const endC = work.begin('c', {});
    expect([work.count, work.all().toSorted()]).toEqual([2, ['b', 'c']]);
    endB?.();
    endC();
    expect([work.count, work.all()]).toEqual([0, []]);
  });

  it('names the oldest first, without what a query may hold, and a long list is cut', () => {
    const { work, pass } = inFlight();
    const ends = ['/1', '/2?secret=x', '/3'].map((url) => {
      pass(10);
      return work.begin(url, { method: 'GET', url });
    });
    ends[0]?.();
    pass(10);
    work.begin('/4', { method: 'PUT', url: '/4' });
    pass(5);
    expect(work.named()).toEqual([
      { method: 'GET', path: '/2', age_ms: 25 },
      { method: 'GET', path: '/3', age_ms: 15 },
      { method: 'PUT', path: '/4', age_ms: 5 },
    ]);
    for (let n = 0; n < 50; n += 1) work.begin('more', {});
    expect(work.named()).toHaveLength(20);
  });

  it('reports when nothing is in flight any more, or that the time was over first', async () => {
    const { work } = inFlight();
    expect(await work.untilNone(1_000)).toBe(true);
    const ends = ['a', 'b'].map((name) => work.begin(name, {}));
    expect(await work.untilNone(1)).toBe(false);
    const none = work.untilNone(10_000);
    for (const end of ends) end();
    expect(await none).toBe(true);
  });

  it('counts what has ended while our own process stood still', async () => {
    const { work } = inFlight();
    const end = work.begin('a', {});
    const none = answeredDuringStall(40, (answer) => {
      void answer.then(end);
      return work.untilNone(20);
    });
    expect(await none).toBe(true);
  });
});
