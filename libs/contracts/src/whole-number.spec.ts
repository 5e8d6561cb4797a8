import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import {
  bytesQuery,
  counterQuery,
  listDeadLettersQuery,
  listJobsQuery,
  listValuesQuery,
  streamQuery,
  waitQuery,
} from './index.ts';
import { wholeNumberIn } from './whole-number.ts';

/** Whatever somebody might take for one. */
const NO_PLAIN_ONES = [
  '',
  ' ',
  '+1',
  '-1',
  '-0',
  ' 1',
  '1 ',
  '\t1',
  '1\n',
  '01',
  '00',
  '1.0',
  '1.',
  '.1',
  '1e0',
  '1E0',
  '0x1',
  '0b1',
  '0o1',
  '1_0',
  '1,0',
  '1n',
  'NaN',
  'Infinity',
  'true',
  'null',
  '\u0661',
  '\uff11',
  '1\u0000',
  '9007199254740993',
];

const QUERIES = {
  bytesQuery,
  counterQuery,
  listDeadLettersQuery,
  listJobsQuery,
  listValuesQuery,
  streamQuery,
  waitQuery,
};
const numbers = Object.entries(QUERIES).flatMap(([name, query]) => {
  const { properties = {} } = z.toJSONSchema(query, { io: 'input' });
  return Object.entries(properties)
    .filter(([, schema]) => typeof schema === 'object' && schema.type === 'integer')
    .map(([key]) => [name, key, query] as const);
});

describe('a number of a query', () => {
  it('is looked at in each of them', () => {
    expect(numbers.map(([name, key]) => `${name}.${key}`)).toEqual([
      'bytesQuery.size',
      'counterQuery.window_ms',
      'listDeadLettersQuery.limit',
      'listJobsQuery.limit',
      'listValuesQuery.limit',
      'streamQuery.events',
      'streamQuery.interval_ms',
      'waitQuery.ms',
    ]);
  });

  it.each(numbers)('%s.%s is plain digits', (_name, key, query) => {
    expect(query.safeParse({ [key]: '7' }).data).toMatchObject({ [key]: 7 });
    const taken = [...NO_PLAIN_ONES, ['1'], ['1', '2'], null, true].filter(
      (text) => query.safeParse({ [key]: text }).success,
    );
    expect(taken).toEqual([]);
  });

  it('has words for people, which say what fits', () => {
    const words = listJobsQuery.safeParse({ limit: '0' }).error?.issues.map(({ message }) => message);
    expect(words).toEqual(['is a whole number from 1 to 100, in decimal digits only']);
    expect(listJobsQuery.safeParse({ limit: 'x' }).error?.issues[0]?.message).toBe(words?.[0]);
  });

  it('has its default where it is not there, in the document too', () => {
    expect(listJobsQuery.parse({})).toEqual({ limit: 20 });
    expect(z.toJSONSchema(listJobsQuery, { io: 'input' }).properties).toMatchObject({
      limit: { type: 'integer', minimum: 1, maximum: 100, default: 20, description: expect.any(String) },
    });
    expect(z.toJSONSchema(waitQuery, { io: 'input' })).toMatchObject({
      required: ['ms'],
      properties: { ms: { examples: [250] } },
    });
  });
});

describe('wholeNumberIn', () => {
  it.each([
    ['0', 0],
    ['42', 42],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
  ])('reads %s', (text, value) => expect(wholeNumberIn(text)).toBe(value));

  it('reads nothing else', () => {
    expect([...NO_PLAIN_ONES, undefined, null, 1, ['1']].filter((text) => wholeNumberIn(text) !== undefined)).toEqual(
      [],
    );
  });
});
