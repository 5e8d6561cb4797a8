import { describe, expect, it } from '@jest/globals';
import { packagesOf, parseMissingLibraries, wrapperScript } from './redis-package.ts';

describe('libraries of an unpacked Redis', () => {
  it('that the linker misses are read from ldd', () => {
    const printed = [
      '\tlinux-vdso.so.1 (0x00007fc2cdf09000)',
      '\tliblzf.so.1 => not found',
      '\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f)',
      '\tlibjemalloc.so.2 => not found',
    ].join('\n');
    expect(parseMissingLibraries(printed)).toEqual(['liblzf.so.1', 'libjemalloc.so.2']);
  });

  it('are in packages named by their version, a suffix let pass, others left alone', () => {
    const candidates = ['libc6', 'libjemalloc2', 'liblzf1', 'libssl3t64', 'libsystemd0', 'libatomic1', 'liblua5.1-0'];
    const missing = ['liblzf.so.1', 'libjemalloc.so.2', 'libssl.so.3', 'liblua5.1.so.0'];
    expect(packagesOf(missing, candidates)).toEqual(['libjemalloc2', 'liblzf1', 'libssl3t64', 'liblua5.1-0']);
    expect(packagesOf([], candidates)).toEqual([]);
  });

  it('are given to that one process, beside what the caller had', () => {
    expect(wrapperScript(['usr/lib/x'])).toBe(
      [
        '#!/bin/sh',
        'here=$(dirname "$0")',
        'LD_LIBRARY_PATH="$here/root/usr/lib/x${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "$here/root/usr/bin/redis-server" "$@"',
        '',
      ].join('\n'),
    );
    expect(wrapperScript([])).not.toContain('LD_LIBRARY_PATH');
  });
});
