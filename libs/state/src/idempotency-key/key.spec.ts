import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { isSecretKey, keyOf } from './key.ts';

describe('isSecretKey', () => {
  it.each([
    [randomUUID(), true],
    [randomUUID().toUpperCase(), true],
    ['1', false],
    ['order-000000000000000000000000000017', false],
    ['00000000-0000-0000-0000-000000000000', false],
    ['c232ab00-9414-11ec-b3c8-9f6bdeced846', false],
  ])('%s: %s', (key, secret) => expect(isSecretKey(key)).toBe(secret));
});

describe('keyOf', () => {
  const uuid = '0B6E9D1C-2f3a-4c5d-8e9f-0a1b2c3d4e5f';

  it.each([
    [uuid, uuid.toLowerCase()],
    [uuid.toUpperCase(), uuid.toLowerCase()],
    [`"${uuid}"`, uuid.toLowerCase()],
    ['order-17', 'order-17'],
    ['Order-17', 'Order-17'],
    ['"order-17"', 'order-17'],
    ['"order 17, \\"the\\\\first\\""', 'order 17, "the\\first"'],
    ['order"17"', 'order"17"'],
    ['x'.repeat(255), 'x'.repeat(255)],
  ])('reads %s as %s', (header, key) => expect(keyOf(header)).toBe(key));

  it.each([
    '',
    '""',
    '"',
    '"a',
    '"a"b',
    '"a";b=1',
    '"a", "b"',
    'a, b',
    'a b',
    'ä',
    '"ä"',
    '"a\\b"',
    'x'.repeat(256),
    ['a', 'b'],
    undefined,
  ])('refuses %s', (header) => expect(keyOf(header)).toBeUndefined());
});
