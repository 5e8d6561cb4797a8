import { describe, expect, it } from '@jest/globals';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { losePower, syncedSize } from './power-loss.ts';

describe('what a power loss leaves', () => {
  const sizes = [10, 20, 30].map((bytes, at) => ({ atMs: at * 100, bytes }));
  it.each([
    [250, 30],
    [200, 30],
    [199, 20],
    [0, 10],
  ])('of what was there %d ms after the first look are %d bytes', (beforeMs, bytes) =>
    expect(syncedSize(sizes, beforeMs)).toBe(bytes),
  );
  it('cannot be told without a look', () => expect(() => syncedSize(sizes, -1)).toThrow(/nobody has looked/));
});

it('a power loss takes the end of the newest file, and no more', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'nestfleet-power-'));
  const [older, newer] = [9, 10].map((n) => join(folder, `appendonly.aof.${n}.incr.aof`)) as [string, string];
  try {
    writeFileSync(older, 'older');
    writeFileSync(newer, 'synced;');
    let isGone = false;
    const kill = async (): Promise<void> => {
      appendFileSync(newer, 'not synced');
      await sleep(20);
      isGone = true;
    };
    expect(await losePower({ folder, isGone: () => isGone, kill }, 100)).toBe('not synced'.length);
    expect([readFileSync(older, 'utf8'), readFileSync(newer, 'utf8')]).toEqual(['older', 'synced;']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
