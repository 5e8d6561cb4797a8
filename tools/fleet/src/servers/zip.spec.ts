import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { zipOf } from '../../test/zip-of.ts';
import { unzipFile } from './zip.ts';

const content = Buffer.from('program '.repeat(1_000));

describe('unzipFile', () => {
  it('reads a deflated and a stored file among others', () => {
    const archive = zipOf([
      { name: 'LICENSE.txt', packed: Buffer.from('text'), method: 0 },
      { name: 'consul', packed: deflateRawSync(content), method: 8 },
    ]);
    expect(unzipFile(archive, 'consul')).toEqual(content);
    expect(unzipFile(archive, 'LICENSE.txt').toString()).toBe('text');
  });

  it('finds the directory before an archive comment', () => {
    const archive = zipOf([{ name: 'consul', packed: content, method: 0 }], 'a comment');
    expect(unzipFile(archive, 'consul')).toEqual(content);
  });

  it.each([
    ['no archive', Buffer.from('<html>not found</html>'), 'no end record'],
    ['an empty answer', Buffer.alloc(0), 'no end record'],
    ['another file', zipOf([{ name: 'nomad', packed: content, method: 0 }]), 'no file consul'],
    ['an unknown method', zipOf([{ name: 'consul', packed: content, method: 93 }]), 'packed by method 93'],
  ])('refuses %s', (_name, archive, words) => {
    expect(() => unzipFile(archive, 'consul')).toThrow(words);
  });
});
