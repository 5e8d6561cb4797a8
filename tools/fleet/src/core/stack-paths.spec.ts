import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chmodSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSocketPath, makeStackPaths } from './stack-paths.ts';

let temporary = '';
beforeEach(() => {
  temporary = realpathSync(mkdtempSync(join(tmpdir(), 'nf-paths-')));
});
afterEach(() => rmSync(temporary, { recursive: true }));

describe('makeStackPaths', () => {
  it('is closed to others, and the same through a link', () => {
    const paths = makeStackPaths(join(temporary, 'stack'));
    expect(statSync(paths.dir).mode & 0o777).toBe(0o700);
    symlinkSync(paths.dir, join(temporary, 'link'));
    expect(makeStackPaths(join(temporary, 'link'))).toEqual(paths);
  });

  it('says what is wrong with a folder that it cannot use', () => {
    writeFileSync(join(temporary, 'file'), '');
    expect(() => makeStackPaths(join(temporary, 'file'))).toThrow(/cannot use .*file/);
  });
});

describe('makeSocketPath', () => {
  it('differs from stack to stack and fits into a socket address', () => {
    const uid = process.getuid?.();
    const paths = ['/a', '/b'].map((dir) => makeSocketPath(dir, 'supervisor', temporary, uid));
    expect(new Set(paths).size).toBe(2);
    const deep = makeSocketPath('/a', 'supervisor', join(temporary, 'deep'.repeat(30)), uid);
    expect(Buffer.byteLength(deep)).toBeLessThan(100);
  });

  it('is in the folder of a stack that is temporary itself', () => {
    const dir = join(temporary, 'run');
    expect(makeSocketPath(dir, 'supervisor', temporary)).toBe(join(dir, 'supervisor.sock'));
    const long = join(temporary, 'run'.repeat(40));
    expect(makeSocketPath(long, 'supervisor', temporary)).not.toContain(long);
  });

  it('refuses a folder that others may enter', () => {
    const path = makeSocketPath('/a', 'supervisor', temporary, process.getuid?.());
    chmodSync(join(path, '..'), 0o777);
    expect(() => makeSocketPath('/a', 'supervisor', temporary, process.getuid?.())).toThrow(/closed to others/);
  });
});
