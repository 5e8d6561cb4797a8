import { describe, expect, it } from '@jest/globals';
import { demoJob } from '@nestfleet/contracts';
import { z } from 'zod';
import { defineQueue } from './queue.ts';
import { checkedResult, isResultFault } from './result.ts';

const returns = (result: z.ZodType) => defineQueue({ ...demoJob, result });
const faultOf = (schema: z.ZodType, result: unknown): unknown => {
  try {
    return checkedResult(returns(schema), result);
  } catch (error) {
    return error;
  }
};

describe('checkedResult', () => {
  it('is what JSON and the schema make of it', () => {
    const schema = z.object({ at: z.string(), n: z.int().default(3) });
    expect(checkedResult(returns(schema), { at: new Date(0), more: 'secret' })).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      n: 3,
    });
    expect(checkedResult(returns(z.void()), undefined)).toBeUndefined();
  });

  it.each([
    ['a field of another type', z.object({ sent: z.boolean() }), { sent: 'yes' }, /of demo is not valid: sent: /],
    ['nothing where something is wanted', z.object({}), undefined, /not valid: result: /],
    ['undefined in a field', z.object({ a: z.string() }), { a: undefined }, /not valid: a: /],
    ['a map', z.unknown(), new Map([['a', 1]]), /as JSON: it is of a class that JSON cannot write: Map/],
    ['a bigint', z.unknown(), 1n, /as JSON: it is a bigint/],
    ['a schema that makes what JSON cannot carry', z.string().transform(BigInt), '7', /as JSON: it is a bigint/],
  ])('refuses %s for good', (_what, schema, result, words) => {
    const fault = faultOf(schema, result);
    expect(fault).toMatchObject({ code: 'invalid_result', message: expect.stringMatching(words) as unknown });
    expect(isResultFault(fault)).toBe(true);
  });

  it('refuses one that is too long for good', () => {
    const small = defineQueue({ ...demoJob, result: z.string(), resultMaxBytes: 10 });
    expect(checkedResult(small, 'ä'.repeat(4))).toBe('ääää');
    expect(() => checkedResult(small, 'ä'.repeat(5))).toThrow(/has 12 bytes, 10 at most \(result_too_large\)/);
  });
});
