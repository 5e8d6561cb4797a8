import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { beganAt, endLeftovers, isSame, writeMarks } from './leftovers.ts';

describe('leftovers', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'leftovers-spec-'));
    file = join(dir, 'servers.json');
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('tells a process from another one with its pid', () => {
    const began = beganAt(process.pid) ?? '';
    expect(began).not.toBe('');
    expect(isSame({ pid: process.pid, began })).toBe(true);
    expect(isSame({ pid: process.pid, began: `${began}0` })).toBe(false);
    expect(beganAt(2 ** 22 + 1)).toBeUndefined();
  });

  it('ends what is marked, and only that', async () => {
    const [marked, other] = [spawn('sleep', ['60']), spawn('sleep', ['60'])];
    const gone = once(marked, 'exit');
    writeMarks(file, [marked.pid ?? 0]);
    expect(await endLeftovers(file)).toBe(1);
    await gone;
    expect(marked.signalCode).toBe('SIGTERM');
    expect(isSame({ pid: other.pid ?? 0, began: beganAt(other.pid ?? 0) ?? 'gone' })).toBe(true);
    other.kill('SIGKILL');
    expect(await endLeftovers(file)).toBe(0);
  });

  it('does not touch a process that got the pid later, nor trip over a broken file', async () => {
    writeFileSync(file, JSON.stringify([{ pid: process.pid, began: 'another time' }]));
    expect(await endLeftovers(file)).toBe(0);
    writeFileSync(file, '{');
    expect(await endLeftovers(file)).toBe(0);
  });
});
