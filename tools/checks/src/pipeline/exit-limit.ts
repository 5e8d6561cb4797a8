import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';

/** ExitLimit aborts when a process has not exited some time after it wrote its report. */
export interface ExitLimit {
  readonly signal: AbortSignal;
  /** The processes that have the report in their arguments, as `ps` prints them, from the moment before the signal. */
  readonly left: readonly string[];
  stop(): void;
}

/**
 * exitLimit is for what no JavaScript can see or end: Node.js can deadlock between its last turn and its exit
 * (https://github.com/nodejs/node/issues/54918).
 *
 * @param withinMs time from the report to the exit
 */
export function exitLimit(reportFile: string, withinMs: number): ExitLimit {
  const controller = new AbortController();
  const left: string[] = [];
  let reportedAtMs: number | undefined;
  let isOver = false;
  const end = async (): Promise<void> => {
    const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid,ppid,stat,etime,args']).catch(() => ({
      stdout: '',
    }));
    if (isOver) return;
    left.push(...stdout.split('\n').filter((line) => line.includes(reportFile)));
    controller.abort();
  };
  const looking = setInterval(
    () => {
      if (existsSync(reportFile)) reportedAtMs ??= performance.now();
      if (reportedAtMs === undefined || performance.now() - reportedAtMs < withinMs) return;
      clearInterval(looking);
      void end();
    },
    Math.min(withinMs / 4, 1_000),
  );
  return {
    signal: controller.signal,
    left,
    stop() {
      isOver = true;
      clearInterval(looking);
    },
  };
}
