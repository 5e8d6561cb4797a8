import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { chromiumPath } from './chromium.ts';

describe('the browser of this machine', () => {
  let folder: string;
  const program = (name: string, mode = 0o755): string => {
    const path = join(folder, name);
    writeFileSync(path, '');
    chmodSync(path, mode);
    return path;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'nestfleet-chromium-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('is on PATH, under any of its names, else where installers put it', () => {
    const path = program('chromium-browser');
    expect(chromiumPath({ PATH: `/nowhere:${folder}` }, [])).toBe(path);
    expect(chromiumPath({ PATH: '/nowhere' }, [folder])).toBe(path);
    expect(chromiumPath({ PATH: '/nowhere', CHROMIUM: '' }, [])).toBeUndefined();
  });

  it('is what CHROMIUM names, and then no other', () => {
    program('chromium');
    const named = program('mine');
    expect(chromiumPath({ PATH: folder, CHROMIUM: named }, [])).toBe(named);
    const gone = join(folder, 'gone');
    expect(() => chromiumPath({ PATH: folder, CHROMIUM: gone }, [])).toThrow(`${gone} (from CHROMIUM) is not an exec`);
  });

  it('is no file that cannot be run', () => {
    program('chromium', 0o644);
    expect(chromiumPath({ PATH: folder }, [])).toBeUndefined();
  });
});
