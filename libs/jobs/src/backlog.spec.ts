import { describe, expect, it } from '@jest/globals';
import { desiredWorkers } from './backlog.ts';

describe('desiredWorkers', () => {
  it.each([
    ['no work needs nobody', 5, 0, 0, 0],
    ['one job needs a worker', 5, 1, 0, 1],
    ['as many as one worker runs at once', 5, 5, 0, 1],
    ['one more', 5, 6, 0, 2],
    ['what runs keeps its worker', 5, 0, 1, 1],
    ['what runs and what waits together', 5, 4, 2, 2],
    ['one at a time', 1, 3, 1, 4],
    ['as many as there are: the bounds are those of the autoscaler', 2, 10_000, 0, 5_000],
  ])('%s', (_name, concurrency, takeable, active, expected) => {
    expect(desiredWorkers({ descriptor: { concurrency } }, { takeable, active })).toBe(expected);
  });
});
