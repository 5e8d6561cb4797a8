import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Log } from '../log.ts';
import { until } from '@nestfleet/timing';
import { diskCache } from './disk-cache.ts';
import type { StoredSet } from './stored-set.ts';

/** For `until`: only a test that fails waits so long. */
const WITHIN_MS = 20_000;

const set = (asOfMs: number): StoredSet => ({ instances: [], asOfMs });

describe('diskCache', () => {
  let dir: string;
  let warnings: string[];
  let log: Log;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nestfleet-cache-'));
    // Of this test alone: writers of the one before may still be at it, in a folder that is gone.
    const own: string[] = [];
    warnings = own;
    log = { info: () => undefined, warn: (fields) => own.push(String(fields['event'])) };
  });
  // Writers may still be at it.
  afterEach(() => rm(dir, { recursive: true, force: true, maxRetries: 5 }));

  it('gives the next process what the last one stored, in a folder that it makes itself', async () => {
    const folder = join(dir, 'a', 'b');
    diskCache({ dir: folder, log }).store('api', set(7));
    await until(() => diskCache({ dir: folder, log }).load('api'), WITHIN_MS);
    expect(await diskCache({ dir: folder, log }).load('api')).toEqual(set(7));
    expect(await diskCache({ dir: folder, log }).load('worker')).toBeUndefined();
    expect(await readdir(folder)).toEqual(['catalog-api.json']);
    expect(warnings).toEqual([]);
  });

  it('gives any name of a service a file of its own in the folder', async () => {
    const cache = diskCache({ dir, log });
    for (const service of ['../api', '..', 'a/b', 'a b']) cache.store(service, set(1));
    const files = await until(async () => {
      const found = await readdir(dir);
      return found.length === 4 && found.every((name) => name.endsWith('.json')) ? found : undefined;
    }, WITHIN_MS);
    const names = ['..%2Fapi', '..', 'a%20b', 'a%2Fb'].map((name) => `catalog-${name}.json`);
    expect(new Set(files)).toEqual(new Set(names));
  });

  it('writes the first of a burst at once, not each of them, and in the end the last', async () => {
    const restMs = 30;
    const cache = diskCache({ dir, log, restMs });
    const seen = new Set<number | undefined>();
    const stored = async (): Promise<number | undefined> => {
      const asOfMs = (await cache.load('api'))?.asOfMs;
      if (asOfMs !== undefined) seen.add(asOfMs);
      return asOfMs;
    };
    // Its rest alone, which ends when this test says so: how long a write takes is the disk's affair.
    jest.useFakeTimers({ doNotFake: ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate'] });
    try {
      cache.store('api', set(1));
      for (let n = 2; n <= 100; n += 1) cache.store('api', set(n));
      await until(async () => (await stored()) === 1 && jest.getTimerCount() === 1, WITHIN_MS);
      jest.advanceTimersByTime(restMs);
      await until(async () => (await stored()) === 100, WITHIN_MS);
    } finally {
      jest.useRealTimers();
    }
    expect([...seen]).toEqual([1, 100]);
  });

  it('never shows half a file to a reader, however many processes write', async () => {
    const instances = Array.from({ length: 200 }, (_, n) => ({
      id: `api-${n}`,
      service: 'api',
      address: '10.0.0.1',
      port: 1,
      health: 'passing' as const,
      tags: [],
      meta: { filler: 'x'.repeat(200) },
      weight: 1,
      epoch: 0,
    }));
    const writers = Array.from({ length: 5 }, () => diskCache({ dir, log, restMs: 0 }));
    for (const writer of writers) writer.store('api', { instances, asOfMs: 0 });
    const reader = diskCache({ dir, log });
    await until(() => reader.load('api'), WITHIN_MS);
    for (let n = 1; n < 200; n += 1) {
      for (const writer of writers) writer.store('api', { instances, asOfMs: n });
      expect((await reader.load('api'))?.instances).toHaveLength(200);
    }
    expect(warnings).toEqual([]);
  });

  it('ignores a corrupt file, and logs it', async () => {
    await writeFile(join(dir, 'catalog-api.json'), '{"version":1,"serv');
    expect(await diskCache({ dir, log }).load('api')).toBeUndefined();
    expect(warnings).toEqual(['discovery.cache_corrupt']);
  });

  it('removes what a process that was killed while it wrote has left, and nothing else', async () => {
    const draft = (n: number): string => join(dir, `catalog-api.json.00000000-0000-0000-0000-00000000000${n}`);
    for (const file of [draft(1), draft(2), join(dir, 'catalog-api.json.bak')]) await writeFile(file, '{');
    await utimes(draft(1), 0, 0);
    await utimes(join(dir, 'catalog-api.json.bak'), 0, 0);
    diskCache({ dir, log }).store('api', set(1));
    const files = await until(async () => {
      const found = await readdir(dir);
      return found.includes('catalog-api.json') && found.length === 3 ? found : undefined;
    }, WITHIN_MS);
    expect(files.map((name) => join(dir, name))).toEqual(
      expect.arrayContaining([draft(2), join(dir, 'catalog-api.json.bak')]),
    );
  });

  it('warns once where it cannot write', async () => {
    const file = join(dir, 'file');
    await writeFile(file, 'no folder');
    const cache = diskCache({ dir: join(file, 'below'), log });
    cache.store('api', set(1));
    cache.store('worker', set(1));
    await until(() => warnings.length > 0, WITHIN_MS);
    expect(warnings).toEqual(['discovery.cache_failed']);
    expect(await cache.load('api')).toBeUndefined();
    expect(await readFile(file, 'utf8')).toBe('no folder');
  });
});
