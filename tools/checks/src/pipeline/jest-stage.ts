import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child.ts';
import { type Counts, sum } from './counts.ts';
import { exitLimit } from './exit-limit.ts';
import { countJest, failuresIn } from './jest-report.ts';
import { printLog } from './log-tail.ts';
import { formatCheck, type Stage, type StageContext } from './stage.ts';
import type { Project } from '../workspace.ts';
import { type TargetCommand, targetCommands } from './target-command.ts';

export interface JestStageOptions {
  name: string;
  /** Nx target whose command runs Jest. */
  target: string;
  timeLimitMs: number;
  /** Projects tested at one time. */
  parallel: number;
  hasServers: boolean;
  /** Beside what the target sets. */
  env?: Readonly<Record<string, string>>;
}

/** Open handles end a run sooner (tools/jest.open-handles.mjs); what is still there then is no matter of its tests. */
const EXIT_WITHIN_MS = 60_000;

/** Jest in every project that has the target; its tests are the checks. */
export function jestStage({ name, target, timeLimitMs, parallel, hasServers, env }: JestStageOptions): Stage {
  return {
    name,
    timeLimitMs,
    hasServers,
    async run(context) {
      const waiting = targetCommands(context.workspace, longestFirst(context, target), target);
      const results: Counts[] = [];
      const work = async () => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
          results.push(await runOne(context, name, { ...next, env: { ...next.env, ...env } }, parallel > 1));
      };
      await Promise.all(Array.from({ length: parallel }, work));
      return sum(results);
    },
  };
}

/** longestFirst sorts by the number of specs: the project that takes longest must not begin when all others are done. */
function longestFirst({ workspace, projects }: StageContext, target: string): readonly Project[] {
  const suffix = target === 'test' ? '.spec.ts' : `.${target}.spec.ts`;
  const specs = ({ root }: Project): number =>
    workspace.files.filter((file) => file.startsWith(`${root}/`) && file.endsWith(suffix)).length;
  return projects.toSorted((one, other) => specs(other) - specs(one));
}

async function runOne(
  { workspace, folder, signal, print, noteFailure }: StageContext,
  stage: string,
  { project, command, cwd, env }: TargetCommand,
  isParallel: boolean,
): Promise<Counts> {
  const startedMs = performance.now();
  const reportFile = join(folder, `${stage}-${project}.json`);
  const logFile = join(folder, `${stage}-${project}.log`);
  // In band is one worker already, and Jest takes only one word for it.
  const isAlone = isParallel && !command.includes('--runInBand');
  const flags = [`--json`, `--outputFile="${reportFile}"`, ...(isAlone ? ['--maxWorkers=1'] : [])];
  const limit = exitLimit(reportFile, EXIT_WITHIN_MS);
  const exitCode = await runChild(`${command} ${flags.join(' ')}`, {
    cwd: join(workspace.root, cwd),
    env: { ...env, FORCE_COLOR: '0' },
    logFile,
    signal: AbortSignal.any([signal, limit.signal]),
  }).finally(() => limit.stop());
  const isStuck = limit.signal.aborted && !signal.aborted;
  // Its report says how its tests went.
  const code = isStuck ? 0 : exitCode;
  const report = existsSync(reportFile) ? readFileSync(reportFile, 'utf8') : undefined;
  const counts = countJest(report, code);
  print(formatCheck(project, counts, performance.now() - startedMs));
  if (isStuck) {
    print(`          its tests were over, and it was ended after ${EXIT_WITHIN_MS / 1_000} s; left were:`);
    for (const line of limit.left) print(`          ${line}`);
  }
  // A skip says its reason in the output; it must not get lost.
  if (counts.failed > 0 || counts.skipped > 0) printLog(logFile, print);
  const failures = failuresIn(report);
  if (counts.failed > 0 && failures.length === 0) failures.push(`ended badly (${code ?? 'by a signal'})`);
  for (const failure of failures) noteFailure(`${stage} of ${project}: ${failure}`);
  if (signal.aborted) print('          ended by the time limit of the stage, or by a signal');
  return counts;
}
