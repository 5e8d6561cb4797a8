import { describe, expect, it } from '@jest/globals';
import { hashTagOf, keySpace, requireOneHashTag } from './key-space.ts';

describe('keySpace', () => {
  it('puts a hash tag into every beginning', () => {
    expect(keySpace('nestfleet').tagged('s7')).toBe('nestfleet:{s7}:');
    expect(keySpace('nestfleet').queue('demo')).toBe('{nestfleet:demo}');
  });

  it.each(['', 'a b', '{nestfleet}', 'nestfleet:', '-nestfleet', 'x'.repeat(65)])(
    'refuses the namespace "%s"',
    (namespace) => expect(() => keySpace(namespace)).toThrow(expect.objectContaining({ code: 'namespace' })),
  );
});

describe('hashTagOf', () => {
  it.each([
    ['nestfleet:{s7}:session:a', 's7'],
    ['{nestfleet:demo}:wait', 'nestfleet:demo'],
    ['nestfleet:{v}:value:{other}', 'v'],
    ['nestfleet:plain', undefined],
    ['nestfleet:{}:x{y}', undefined],
    ['nestfleet:{open', undefined],
  ])('%s', (key, tag) => expect(hashTagOf(key)).toBe(tag));
});

describe('requireOneHashTag', () => {
  it('accepts keys of one tag', () => expect(() => requireOneHashTag('x', ['a{t}1', 'b{t}2'])).not.toThrow());

  it.each([[['a{t}', 'a{u}']], [['a', 'a']], [['a{t}', 'a']], [[]]])(
    'refuses %j, which a cluster may answer with CROSSSLOT',
    (keys) => expect(() => requireOneHashTag('x', keys)).toThrow(expect.objectContaining({ code: 'cross_slot' })),
  );
});
