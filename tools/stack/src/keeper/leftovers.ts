import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';

/** A process, told apart from a later one with the same pid. */
const mark = z.object({ pid: z.int(), began: z.string() });
export type ProcessMark = z.infer<typeof mark>;

const graceMs = 5_000;
const killMs = 2_000;

/** When a process began, in the system's own words; undefined when there is none. A zombie is none. */
export function beganAt(pid: number): string | undefined {
  try {
    if (!existsSync('/proc/self/stat')) {
      return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
    }
    // proc(5): the name may hold spaces and brackets; behind its last bracket the state is field 3, the start field 22.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return fields[0] === 'Z' ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

export function isSame({ pid, began }: ProcessMark): boolean {
  return beganAt(pid) === began;
}

/** Writes down which processes a killed keeper would leave behind. */
export function writeMarks(file: string, pids: readonly number[]): void {
  const marks = pids.map((pid) => ({ pid, began: beganAt(pid) ?? '' }));
  writeFileSync(file, JSON.stringify(marks));
}

async function untilGone(process: ProcessMark, withinMs: number): Promise<boolean> {
  const giveUpAtMs = performance.now() + withinMs;
  while (isSame(process)) {
    if (performance.now() > giveUpAtMs) return false;
    await pause(20);
  }
  return true;
}

/** Ends what an earlier keeper left running: two servers on the same data would spoil it. Answers how many. */
export async function endLeftovers(file: string): Promise<number> {
  let marks: ProcessMark[];
  try {
    marks = z.array(mark).parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return 0;
  }
  const left = marks.filter(isSame);
  await Promise.all(
    left.map(async (leftover) => {
      process.kill(leftover.pid, 'SIGTERM');
      if (await untilGone(leftover, graceMs)) return;
      process.kill(leftover.pid, 'SIGKILL');
      await untilGone(leftover, killMs);
    }),
  );
  rmSync(file, { force: true });
  return left.length;
}
