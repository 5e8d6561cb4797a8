import { describe, expect, it } from '@jest/globals';
import { CodedError } from './coded-error.ts';

class ShopError extends CodedError {
  override readonly name = 'ShopError';
}
const error = (status: number, retryAfterS?: number) =>
  new ShopError('sold_out', { status, meaning: 'm', ...(retryAfterS === undefined ? {} : { retryAfterS }) }, 'detail');

describe('CodedError', () => {
  it.each([
    ['the client’s fault may be read', error(409), { statusCode: 409, expose: true, headers: {} }],
    ['a fault of the service may not', error(500), { statusCode: 500, expose: false, headers: {} }],
    ['a 503 says when to try again', error(503), { expose: false, retryAfterS: 1, headers: { 'retry-after': '1' } }],
    ['as its kind has it', error(503, 5), { retryAfterS: 5, headers: { 'retry-after': '5' } }],
    ['no other status does', error(409, 5), { retryAfterS: undefined, headers: {} }],
  ])('%s', (_what, { statusCode, expose, retryAfterS, headers }, expected) => {
    expect({ statusCode, expose, retryAfterS, headers }).toMatchObject(expected);
  });

  it('is an Error with its cause, and has nothing for loggers but its code and status', () => {
    const cause = new Error('below');
    const thrown = new ShopError('sold_out', { status: 409, meaning: 'm' }, 'detail', { cause });
    expect(thrown).toBeInstanceOf(Error);
    expect(thrown.cause).toBe(cause);
    expect(Object.keys(thrown).toSorted()).toEqual(['code', 'name', 'status']);
  });
});
