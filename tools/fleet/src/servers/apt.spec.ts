import { describe, expect, it } from '@jest/globals';
import { parseDependencies, parseMirror } from './apt.ts';
import { parseCodename } from './debian-suite.ts';

const uris = [
  "'http://mirror.example/debian/dists/bookworm-updates/InRelease' mirror.example_updates_InRelease 0 ",
  "'http://mirror.example/debian/dists/bookworm/InRelease' mirror.example_InRelease 0 ",
  "'http://mirror.example/debian/dists/bookworm/main/binary-amd64/Packages.xz' mirror.example_Packages 0 ",
].join('\n');

describe('what apt prints', () => {
  it('names the mirror of a suite, not that of its updates', () => {
    expect(parseMirror(uris, 'bookworm')).toBe('http://mirror.example/debian');
    expect(parseMirror(uris, 'trixie')).toBeUndefined();
    expect(parseMirror('', 'bookworm')).toBeUndefined();
  });

  it('names direct dependencies, alternatives too, virtual ones not', () => {
    const printed = [
      'redis-tools',
      '  Depends: libc6',
      ' |Depends: libsystemd0',
      '  PreDepends: init-system-helpers',
      '  Depends: <awk>',
      '    mawk',
      '  Suggests: ruby-redis',
    ].join('\n');
    expect(parseDependencies(printed)).toEqual(['libc6', 'libsystemd0', 'init-system-helpers']);
  });

  it('os-release names the suite', () => {
    expect(parseCodename('ID=debian\nVERSION_CODENAME=bookworm\n')).toBe('bookworm');
    expect(parseCodename('VERSION_CODENAME="noble"\n')).toBe('noble');
    expect(parseCodename('ID=arch\n')).toBeUndefined();
  });
});
