import { describe, expect, it } from '@jest/globals';
import { parseConsulAddresses } from './addresses.ts';

describe('parseConsulAddresses', () => {
  it.each([
    [['127.0.0.1:8500'], ['http://127.0.0.1:8500']],
    [['http://127.0.0.1:8500/'], ['http://127.0.0.1:8500']],
    [['https://consul.internal'], ['https://consul.internal']],
    [['consul'], ['http://consul:8500']],
    [['[::1]:8500'], ['http://[::1]:8500']],
    [
      ['a:1, http://b:2', ' c:3,'],
      ['http://a:1', 'http://b:2', 'http://c:3'],
    ],
  ])('%j', (texts, expected) => {
    expect(parseConsulAddresses(texts)).toEqual(expected);
  });

  it.each([[['']], [[]], [['ftp://consul:8500']], [['http://']], [['a b:1']]])('refuses %j', (texts) => {
    expect(() => parseConsulAddresses(texts)).toThrow(expect.objectContaining({ code: 'invalid_settings' }));
  });
});
