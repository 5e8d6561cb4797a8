import { expect, it } from '@jest/globals';
import { wrapperScript } from './redis-package.ts';

it('the libraries of an unpacked Redis are given to that one process, beside what the caller had', () => {
  expect(wrapperScript(['usr/lib/x'])).toBe(
    [
      '#!/bin/sh',
      'here=$(dirname "$0")',
      'LD_LIBRARY_PATH="$here/unpacked/usr/lib/x${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}" exec "$here/unpacked/usr/bin/redis-server" "$@"',
      '',
    ].join('\n'),
  );
  expect(wrapperScript([])).not.toContain('LD_LIBRARY_PATH');
});
