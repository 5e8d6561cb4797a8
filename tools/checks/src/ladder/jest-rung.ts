import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child.ts';
import { type Counts, sum } from './counts.ts';
import { countJest } from './jest-report.ts';
import { sayLog } from './log-tail.ts';
import { formatCheck, type Rung, type Stage } from './rung.ts';
import { type TargetCommand, targetCommands } from './target-command.ts';

export interface JestRungOptions {
  name: string;
  /** Nx target whose command runs Jest. */
  target: string;
  timeLimitMs: number;
  /** Projects tested at one time. */
  parallel: number;
  hasServers: boolean;
}

/** Jest in every project that has the target; its tests are the checks. */
export function jestRung({ name, target, timeLimitMs, parallel, hasServers }: JestRungOptions): Rung {
  return {
    name,
    timeLimitMs,
    hasServers,
    async run(stage) {
      const waiting = targetCommands(stage.workspace, stage.projects, target);
      const results: Counts[] = [];
      const work = async () => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
          results.push(await runOne(stage, name, next, parallel > 1));
      };
      await Promise.all(Array.from({ length: parallel }, work));
      return sum(results);
    },
  };
}

async function runOne(
  { workspace, folder, signal, say }: Stage,
  rung: string,
  { project, command, cwd, env }: TargetCommand,
  isParallel: boolean,
): Promise<Counts> {
  const startedMs = performance.now();
  const reportFile = join(folder, `${rung}-${project}.json`);
  const logFile = join(folder, `${rung}-${project}.log`);
  // In band is one worker already, and Jest takes only one word for it.
  const isAlone = isParallel && !command.includes('--runInBand');
  const flags = [`--json`, `--outputFile="${reportFile}"`, ...(isAlone ? ['--maxWorkers=1'] : [])];
  const code = await runChild(`${command} ${flags.join(' ')}`, {
    cwd: join(workspace.root, cwd),
    env: { ...env, FORCE_COLOR: '0' },
    logFile,
    signal,
  });
  const counts = countJest(existsSync(reportFile) ? readFileSync(reportFile, 'utf8') : undefined, code);
  say(formatCheck(project, counts, performance.now() - startedMs));
  // A skip says its reason in the output; it must not get lost.
  if (counts.failed > 0 || counts.skipped > 0) sayLog(logFile, say);
  if (signal.aborted) say('          ended by the time limit of the rung, or by a signal');
  return counts;
}
