import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startTime } from '../process/identity.ts';
import { stopLeftovers, recordProcesses } from './leftovers.ts';

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

  it('are stopped where they are recorded, and nothing else is', async () => {
    const [recorded, other] = [spawn('sleep', ['60']), spawn('sleep', ['60'])];
    children.push(recorded, other);
    const gone = once(recorded, 'exit');
    recordProcesses(file, [recorded.pid ?? 0]);
    expect(await stopLeftovers(file)).toBe(1);
    await gone;
    expect(recorded.signalCode).toBe('SIGTERM');
    expect(startTime(other.pid ?? 0)).toBeDefined();
    expect(existsSync(file)).toBe(false);
  });

  it('are not a process that got the pid later, and a broken file is no fault', async () => {
    writeFileSync(file, JSON.stringify([{ pid: process.pid, startedAtMs: 1 }]));
    expect(await stopLeftovers(file)).toBe(0);
    writeFileSync(file, '{');
    expect(await stopLeftovers(file)).toBe(0);
  });
});
