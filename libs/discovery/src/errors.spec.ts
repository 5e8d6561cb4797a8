import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { DISCOVERY_ERRORS, reasonOf } from './errors.ts';

describe('reasonOf', () => {
  it.each([
    ['text', 'text'],
    [new Error('plain'), 'plain'],
    [new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') }), 'fetch failed: connect ECONNREFUSED'],
    [
      new TypeError('fetch failed', { cause: new AggregateError([new Error('v6'), new Error('v4')], 'both') }),
      'fetch failed: v6, v4',
    ],
    [undefined, 'undefined'],
    [null, 'null'],
    [Symbol('x'), 'Symbol(x)'],
    [Object.freeze({ code: 5 }), '{"code":5}'],
    [Object.create(null), '{}'],
    [{ size: 1n }, 'what was thrown cannot be read (object)'],
  ])('%p', (error, reason) => {
    expect(reasonOf(error)).toBe(reason);
  });
});

it('reasonOf says of an Error that throws when it is read that it does', () => {
  const unreadable = Object.defineProperty(new Error('x'), 'message', { get: () => JSON.parse('{') as unknown });
  expect(reasonOf(unreadable)).toBe('what was thrown cannot be read (object)');
});

describe('the catalogue', () => {
  it('is the table in the README', () => {
    const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
    const rows = [...readme.matchAll(/^\| `([a-z_]+)` +\| (\d+) +\| (.+?) +\|$/gm)];
    const kinds = rows.map(([, code, status, meaning]) => [code, { status: Number(status), meaning }]);
    expect(kinds).toEqual(Object.entries(DISCOVERY_ERRORS));
  });
});
