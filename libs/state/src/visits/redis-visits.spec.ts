import { describe, expect, it } from '@jest/globals';
import { StateError } from '../errors.ts';
import { bothOrUnknown } from './redis-visits.ts';

const done = async (): Promise<number> => 1;
const failed = (code: 'state_unavailable' | 'state_outcome_unknown') => async (): Promise<number> => {
  throw new StateError(code, 'x');
};
const unsent = failed('state_unavailable');
const unknown = failed('state_outcome_unknown');

describe('bothOrUnknown', () => {
  it.each([
    [unsent, unsent, 'state_unavailable'],
    [unsent, unknown, 'state_outcome_unknown'],
    [unknown, unsent, 'state_outcome_unknown'],
    [unsent, done, 'state_outcome_unknown'],
    [done, unsent, 'state_outcome_unknown'],
  ])('case %#', async (first, second, code) => {
    await expect(bothOrUnknown(first(), second())).rejects.toMatchObject({ code });
  });

  it('gives both', async () => {
    expect(await bothOrUnknown(done(), done())).toEqual([1, 1]);
  });
});
