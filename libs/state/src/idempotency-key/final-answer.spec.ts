import { expect, it } from '@jest/globals';
import { isFinal, isTimeout } from './final-answer.ts';

it.each([
  [200, true],
  [202, true],
  [404, true],
  [409, true],
  [412, true],
  [400, false],
  [401, false],
  [403, false],
  [408, false],
  [413, false],
  [415, false],
  [422, false],
  [423, false],
  [429, false],
  [500, false],
  [502, false],
  [503, false],
  [504, false],
])('an answer of %i is stored: %s', (status, stored) => expect(isFinal(status)).toBe(stored));

it.each([
  [202, true],
  [404, false],
  [409, false],
  [410, false],
  [503, false],
])('one of %i that holds for now is stored: %s', (status, stored) => expect(isFinal(status, true)).toBe(stored));

it.each([
  [408, true],
  [504, true],
  [503, false],
  [500, false],
  [400, false],
])('behind an answer of %i the handler may still run: %s', (status, may) => expect(isTimeout(status)).toBe(may));
