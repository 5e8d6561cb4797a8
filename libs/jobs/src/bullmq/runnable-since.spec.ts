import { expect, it } from '@jest/globals';
import { runnableSince } from './runnable-since.ts';

it.each([
  ['enqueued to be run at once', '1000', '{"attempts":3}', 1_000],
  ['delayed when it was enqueued', '1000', '{"delay":250}', 1_250],
  ['of which no options are kept', '1000', null, 1_000],
  ['that is gone', null, null, undefined],
])('runnableSince a job %s', (_name, timestamp, options, expected) => {
  expect(runnableSince(timestamp, options)).toBe(expected);
});
