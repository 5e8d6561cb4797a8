import { expect, it } from '@jest/globals';
import type { ObserveOptions, Outcome, Pick } from '@nestfleet/discovery';
import { observeAnswer } from './overloaded.ts';
import type { AnswerHeaders } from './answer-head.ts';

const mark = { 'x-overloaded': 'true' };

it.each<[number, AnswerHeaders, Outcome, ObserveOptions | undefined]>([
  [503, { ...mark, 'retry-after': '2' }, 'overloaded', { retryAfterMs: 2_000 }],
  [503, mark, 'overloaded', undefined],
  [503, { ...mark, 'retry-after': 'Sun, 06 Nov 1994 08:49:37 GMT' }, 'overloaded', { retryAfterMs: 0 }],
  [503, { ...mark, 'retry-after': 'soon' }, 'overloaded', { retryAfterMs: undefined }],
  [503, { 'retry-after': '2' }, 'error', undefined],
  [503, { 'x-overloaded': 'false' }, 'error', undefined],
  [503, { 'x-overloaded': ['true', 'true'] }, 'error', undefined],
  [502, mark, 'error', undefined],
  [200, mark, 'ok', undefined],
  [429, { ...mark, 'retry-after': '2' }, 'unsuccessful', undefined],
])('%d with %j is %s', (status, headers, outcome, options) => {
  const observed: unknown[] = [];
  const pick = { observe: (...each: unknown[]) => observed.push(each) } as unknown as Pick;
  expect(observeAnswer(pick, status, headers)).toBe(outcome);
  expect(observed).toEqual([[outcome, options]]);
});
