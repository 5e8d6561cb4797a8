import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startTime } from '../process/identity.ts';
import { endLeftovers, writeMarks } from './leftovers.ts';

describe('leftovers', () => {
  let dir: string;
  let file: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'leftovers-spec-'));
    file = join(dir, 'servers.json');
  });
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
    rmSync(dir, { recursive: true });
  });

  it('are ended where they are marked, and nothing else is', async () => {
    const [marked, other] = [spawn('sleep', ['60']), spawn('sleep', ['60'])];
    children.push(marked, other);
    const gone = once(marked, 'exit');
    writeMarks(file, [marked.pid ?? 0]);
    expect(await endLeftovers(file)).toBe(1);
    await gone;
    expect(marked.signalCode).toBe('SIGTERM');
    expect(startTime(other.pid ?? 0)).toBeDefined();
    expect(existsSync(file)).toBe(false);
  });

  it('are not a process that got the pid later, and a broken file is no fault', async () => {
    writeFileSync(file, JSON.stringify([{ pid: process.pid, startedAtMs: 1 }]));
    expect(await endLeftovers(file)).toBe(0);
    writeFileSync(file, '{');
    expect(await endLeftovers(file)).toBe(0);
  });
});
