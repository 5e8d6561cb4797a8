import { describe, expect, it } from '@jest/globals';
import type { Apt } from './apt.ts';
import { addLibraries, packagesOf, parseLibrariesOutside, parseMissingLibraries } from './unpacked-libraries.ts';

const printed = [
  '\tlinux-vdso.so.1 (0x00007fc2cdf09000)',
  '\tliblzf.so.1 => not found',
  '\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f)',
  '\tlibssl.so.3 => /tmp/a root/usr/lib/libssl.so.3 (0x00007f)',
  '\tlibjemalloc.so.2 => not found',
  '\t/lib64/ld-linux-x86-64.so.2 => /tmp/a root/usr/lib/ld-linux-x86-64.so.2 (0x00007f)',
].join('\n');

/** An archive by what each package depends on; it tells what was unpacked. */
function archive(dependencies: Readonly<Record<string, readonly string[]>>) {
  const unpacked: string[] = [];
  const apt: Apt = {
    update: async () => undefined,
    unpack: async (packages) => void unpacked.push(...packages),
    dependencies: async (packages) => packages.flatMap((name) => dependencies[name] ?? []),
    mirrorOf: async () => undefined,
  };
  return { apt, unpacked };
}

describe('libraries of an unpacked program', () => {
  it('that the linker misses are read from ldd', () => {
    expect(parseMissingLibraries(printed)).toEqual(['liblzf.so.1', 'libjemalloc.so.2']);
  });

  it('that it would take from the machine are missing too where they are to be its own', () => {
    expect(parseLibrariesOutside(printed, '/tmp/a root')).toEqual(['liblzf.so.1', 'libm.so.6', 'libjemalloc.so.2']);
    expect(parseLibrariesOutside(printed, '/tmp/a')).toContain('libssl.so.3');
  });

  it('are in packages named by their version, a suffix let pass, others left alone', () => {
    const candidates = ['libc6', 'libjemalloc2', 'liblzf1', 'libssl3t64', 'libsystemd0', 'libatomic1', 'liblua5.1-0'];
    const missing = ['liblzf.so.1', 'libjemalloc.so.2', 'libssl.so.3', 'liblua5.1.so.0'];
    expect(packagesOf(missing, candidates)).toEqual(['libjemalloc2', 'liblzf1', 'libssl3t64', 'liblua5.1-0']);
    expect(packagesOf(['libgcc_s.so.1', 'libz.so.1'], ['libc6', 'libgcc-s1', 'zlib1g'])).toEqual([
      'libgcc-s1',
      'zlib1g',
    ]);
    expect(packagesOf([], candidates)).toEqual([]);
  });

  it('are unpacked level by level until none is missing', async () => {
    const { apt, unpacked } = archive({ tools: ['adduser', 'libssl3t64'], libssl3t64: ['libc6', 'zlib1g'] });
    const missing = async () => {
      if (!unpacked.includes('libssl3t64')) return ['libssl.so.3'];
      return unpacked.includes('zlib1g') ? [] : ['libz.so.1'];
    };
    await addLibraries({ apt, root: '/nowhere', packages: ['server', 'tools'], missing });
    expect(unpacked).toEqual(['libssl3t64', 'zlib1g']);
  });

  it('that no dependency has are named', async () => {
    const { apt } = archive({ tools: ['libc6'] });
    const adding = addLibraries({ apt, root: '/nowhere', packages: ['tools'], missing: async () => ['liblzf.so.1'] });
    await expect(adding).rejects.toThrow('tools lack liblzf.so.1');
  });
});
