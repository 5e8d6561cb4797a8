import { expect, it } from '@jest/globals';
import { StateError } from '../errors.ts';
import { isRefusalForNow } from './refusal-for-now.ts';

const held = new StateError('lease_held', 'somebody else holds it');
const round = new Error('round');
round.cause = round;

it.each([
  ['a lease that is held', held, true],
  ['another version', new StateError('version_conflict', 'it is at 2'), true],
  ['no counter', new StateError('counter_missing', 'there is none'), true],
  ['what such a one has caused', new Error('busy', { cause: new Error('not now', { cause: held }) }), true],
  ['another error', new Error('busy'), false],
  ['an error that caused itself', round, false],
  ['no error', 'busy', false],
  ['nothing', undefined, false],
])('is a refusal for now: %s', (_what, thrown, is) => expect(isRefusalForNow(thrown)).toBe(is));
