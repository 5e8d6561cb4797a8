import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cacheDir, cached } from './cache.ts';

describe('cacheDir', () => {
  it('is in XDG_CACHE_HOME, else in ~/.cache', () => {
    expect(cacheDir({ XDG_CACHE_HOME: '/x', HOME: '/h' })).toBe('/x/nestfleet');
    expect(cacheDir({ XDG_CACHE_HOME: 'relative', HOME: '/h' })).toBe('/h/.cache/nestfleet');
    expect(cacheDir({ HOME: '/h' })).toBe('/h/.cache/nestfleet');
  });
});

const fillWith = (text: string) => async (scratch: string) => {
  const kept = join(scratch, 'kept');
  mkdirSync(kept);
  writeFileSync(join(kept, 'file'), text);
  return kept;
};

describe('cached', () => {
  let cache: string;
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'cache-spec-'));
  });
  afterEach(() => rmSync(cache, { recursive: true, force: true }));

  it('fills once', async () => {
    await cached(cache, 'entry', fillWith('first'));
    const place = await cached(cache, 'entry', fillWith('second'));
    expect(readFileSync(join(place, 'file'), 'utf8')).toBe('first');
  });

  it.each([
    [Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })],
    [new Error('dpkg -x: cannot copy extracted data: failed to write (No space left on device)')],
  ])('says that the folder is full, whoever noticed: %s', async (fault) => {
    const filling = cached(cache, 'entry', () => Promise.reject(fault));
    await expect(filling).rejects.toMatchObject({
      code: 'cache_unusable',
      message: expect.stringMatching(/cache folder .*o space left.*XDG_CACHE_HOME/),
    });
    expect(readdirSync(cache)).toEqual([]);
  });

  it('leaves a fault of the other side as it is', async () => {
    const fault = new Error('answered 503');
    await expect(cached(cache, 'entry', () => Promise.reject(fault))).rejects.toBe(fault);
  });

  it('of two that fill at the same time one wins, both get a whole entry, no scratch stays', async () => {
    const places = await Promise.all(['a', 'b'].map((text) => cached(cache, 'entry', fillWith(text))));
    expect(places[0]).toBe(places[1]);
    expect(['a', 'b']).toContain(readFileSync(join(places[0] ?? '', 'file'), 'utf8'));
    expect(readdirSync(cache)).toEqual(['entry']);
  });

  it('leaves nothing when filling fails, and tries again', async () => {
    const failing = cached(cache, 'entry', () => Promise.reject(new Error('no network')));
    await expect(failing).rejects.toThrow('no network');
    expect(readdirSync(cache)).toEqual([]);
    expect(existsSync(await cached(cache, 'entry', fillWith('text')))).toBe(true);
  });

  it('removes what a killed fetch left long ago, not what one is at work on', async () => {
    mkdirSync(join(cache, '.fetch-old'));
    utimesSync(join(cache, '.fetch-old'), 0, 0);
    mkdirSync(join(cache, '.fetch-new'));
    await cached(cache, 'entry', fillWith('text'));
    expect(readdirSync(cache).toSorted()).toEqual(['.fetch-new', 'entry']);
  });
});
