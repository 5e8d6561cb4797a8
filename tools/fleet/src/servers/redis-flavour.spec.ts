import { expect, it } from '@jest/globals';
import { loaderScript } from './redis-flavour.ts';

it('a server of another suite is started by its own loader, under its own name', () => {
  expect(loaderScript('valkey-server', 'usr/lib/x/ld-linux.so.2', ['usr/lib/x', 'usr/lib/y'])).toBe(
    [
      '#!/bin/sh',
      'here=$(dirname "$0")',
      'exec "$here/unpacked/usr/lib/x/ld-linux.so.2" --inhibit-cache --argv0 valkey-server --library-path "$here/unpacked/usr/lib/x:$here/unpacked/usr/lib/y" "$here/unpacked/usr/bin/valkey-server" "$@"',
      '',
    ].join('\n'),
  );
});
