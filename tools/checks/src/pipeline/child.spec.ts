import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { runChild } from './child.ts';

const SOON_MS = 20_000;
const folder = mkdtempSync(join(tmpdir(), 'nestfleet-child-'));
const logFile = join(folder, 'child.log');
const never = new AbortController().signal;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // An ended process that nobody has waited for still has its id.
  const stat = `/proc/${pid}/stat`;
  return !(existsSync(stat) && readFileSync(stat, 'utf8').includes(') Z '));
}

async function until(predicate: () => boolean, deadlineMs: number): Promise<boolean> {
  const endMs = performance.now() + deadlineMs;
  while (!predicate() && performance.now() < endMs) await new Promise((resolve) => setTimeout(resolve, 10));
  return predicate();
}

const logged = () => readFileSync(logFile, 'utf8');

describe('runChild', () => {
  it('gives the exit code and keeps both outputs', async () => {
    const code = await runChild('echo "$WORD"; echo bad >&2; exit 3', {
      cwd: folder,
      env: { WORD: 'good' },
      logFile,
      signal: never,
    });
    expect([code, logged()]).toEqual([3, 'good\nbad\n']);
  });

  it('ends the whole group when it is told to', async () => {
    const stop = new AbortController();
    const running = runChild('sleep 300 & echo $!; wait', { cwd: folder, logFile, signal: stop.signal });
    expect(await until(() => /^\d+\n$/.test(logged()), SOON_MS)).toBe(true);
    const grandchild = Number(logged());
    expect(isAlive(grandchild)).toBe(true);
    stop.abort();
    expect(await running).toBeNull();
    expect(await until(() => !isAlive(grandchild), SOON_MS)).toBe(true);
  });

  it('ends by force what does not listen', async () => {
    const stop = new AbortController();
    const command = 'trap "" TERM; echo deaf; while :; do sleep 0.05; done';
    const running = runChild(command, { cwd: folder, logFile, signal: stop.signal, graceMs: 100 });
    expect(await until(() => logged() === 'deaf\n', SOON_MS)).toBe(true);
    stop.abort();
    expect(await running).toBeNull();
  });

  it('ends what a command leaves behind', async () => {
    expect(await runChild('sleep 300 & echo $!', { cwd: folder, logFile, signal: never })).toBe(0);
    expect(await until(() => !isAlive(Number(logged())), SOON_MS)).toBe(true);
  });

  it('starts nothing after the end', async () => {
    expect(await runChild('echo started', { cwd: folder, logFile, signal: AbortSignal.abort() })).toBeNull();
  });
});
