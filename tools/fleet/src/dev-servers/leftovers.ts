import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { type ProcessIdentity, isRunning, signalProcess, startTime } from '../process/identity.ts';

const graceMs = 5_000;
const killMs = 2_000;

/** recordProcesses writes down which processes a killed daemon would leave behind. */
export function recordProcesses(file: string, pids: readonly number[]): void {
  const processes = pids.map((pid) => ({ pid, startedAtMs: startTime(pid) ?? 0 }));
  writeFileSync(file, JSON.stringify(processes));
}

async function untilGone(process: ProcessIdentity, withinMs: number): Promise<boolean> {
  const giveUpAtMs = performance.now() + withinMs;
  while (isRunning(process)) {
    if (performance.now() > giveUpAtMs) return false;
    await pause(20);
  }
  return true;
}

function readProcesses(file: string): ProcessIdentity[] {
  try {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return Array.isArray(read) ? (read as ProcessIdentity[]) : [];
  } catch {
    return [];
  }
}

/** stopLeftovers ends what an earlier daemon left running: two servers on the same data would corrupt it. Answers how many. */
export async function stopLeftovers(file: string): Promise<number> {
  const left = readProcesses(file).filter(isRunning);
  await Promise.all(
    left.map(async (leftover) => {
      signalProcess(leftover, 'SIGTERM');
      if (await untilGone(leftover, graceMs)) return;
      signalProcess(leftover, 'SIGKILL');
      await untilGone(leftover, killMs);
    }),
  );
  rmSync(file, { force: true });
  return left.length;
}
