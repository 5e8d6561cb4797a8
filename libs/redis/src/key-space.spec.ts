import { describe, expect, it } from '@jest/globals';
import { hashTagOf, keySpace, requireOneHashTag } from './key-space.ts';

describe('keySpace', () => {
  it('puts a hash tag into every beginning', () => {
    expect(keySpace('nf').tagged('s7')).toBe('nf:{s7}:');
    expect(keySpace('nf').queue('demo')).toBe('{nf:demo}');
  });

  it.each(['', 'a b', '{nf}', 'nf:', '-nf', 'x'.repeat(65)])('refuses the namespace "%s"', (namespace) =>
    expect(() => keySpace(namespace)).toThrow(expect.objectContaining({ code: 'namespace' })),
  );
});

describe('hashTagOf', () => {
  it.each([
    ['nf:{s7}:session:a', 's7'],
    ['{nf:demo}:wait', 'nf:demo'],
    ['nf:{v}:value:{other}', 'v'],
    ['nf:plain', undefined],
    ['nf:{}:x{y}', undefined],
    ['nf:{open', undefined],
  ])('%s', (key, tag) => expect(hashTagOf(key)).toBe(tag));
});

describe('requireOneHashTag', () => {
  it('accepts keys of one tag', () => expect(() => requireOneHashTag('x', ['a{t}1', 'b{t}2'])).not.toThrow());

  it.each([[['a{t}', 'a{u}']], [['a', 'a']], [['a{t}', 'a']], [[]]])(
    'refuses %j, which a cluster may answer with CROSSSLOT',
    (keys) => expect(() => requireOneHashTag('x', keys)).toThrow(expect.objectContaining({ code: 'cross_slot' })),
  );
});
