import { describe, expect, it } from '@jest/globals';
import { createPace } from './pace.ts';

describe('createPace', () => {
  it('lets a burst pass, then holds to the rate, and recovers while nothing happens', () => {
    let nowMs = 0;
    const pace = createPace({ burst: 3, perSecond: 5 }, () => nowMs);
    expect([pace.takeMs(), pace.takeMs(), pace.takeMs(), pace.takeMs(), pace.takeMs()]).toEqual([0, 0, 0, 200, 400]);
    nowMs = 10_000;
    expect([pace.takeMs(), pace.takeMs(), pace.takeMs(), pace.takeMs()]).toEqual([0, 0, 0, 200]);
  });

  it('delays nothing because the clock was set back', () => {
    let nowMs = 3_600_000;
    const pace = createPace({ burst: 3, perSecond: 5 }, () => nowMs);
    expect(pace.takeMs()).toBe(0);
    nowMs = 0;
    expect([pace.takeMs(), pace.takeMs(), pace.takeMs()]).toEqual([0, 0, 200]);
    nowMs = 10_000;
    expect([pace.takeMs(), pace.takeMs(), pace.takeMs(), pace.takeMs()]).toEqual([0, 0, 0, 200]);
  });
});
