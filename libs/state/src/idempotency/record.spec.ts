import { describe, expect, it } from '@jest/globals';
import { decodeResponse, digestOf, encodeResponse } from './record.ts';

const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' };

describe('a stored response', () => {
  it.each([
    ['the usual headers', { status: 202, headers: JSON_HEADERS, body: '{"id":"demo.1"}' }],
    ['others', { status: 201, headers: { etag: '"1,2"', location: '/a\n[0]', '0': '1' }, body: '{"a":"grüße 👋"}' }],
    ['usual names with other values', { status: 200, headers: { 'content-type': 'text/plain' }, body: 'x\ny\n' }],
    ['none, and no body', { status: 204, headers: {}, body: '' }],
    ['a body like the release before', { status: 200, headers: {}, body: '{"status":1}' }],
  ])('with %s is the same again', (_what, response) =>
    expect(decodeResponse(encodeResponse(response))).toEqual(response),
  );

  it('is little more than its body', () =>
    expect(encodeResponse({ status: 202, headers: JSON_HEADERS, body: '{}' })).toBe('[202,0,1]\n{}'));

  it('is read as the release before has it', () => {
    const response = { status: 202, headers: JSON_HEADERS, body: '{"id":"demo.1"}' };
    expect(decodeResponse(JSON.stringify(response))).toEqual(response);
  });

  it('names no header by another place than before', () =>
    expect(decodeResponse('[404,2,1]\n')).toEqual({
      status: 404,
      headers: { 'content-type': 'application/problem+json; charset=utf-8', 'cache-control': 'no-store' },
      body: '',
    }));
});

it('digestOf is short, and another one for another fingerprint', () => {
  expect(digestOf('f')).toMatch(/^[\w-]{12}$/);
  expect(digestOf('f')).toBe(digestOf('f'));
  expect(digestOf('g')).not.toBe(digestOf('f'));
});
