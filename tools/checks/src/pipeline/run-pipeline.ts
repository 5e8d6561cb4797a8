import { type Counts, type StageResult, sum } from './counts.ts';
import type { Stage, StageContext } from './stage.ts';

export interface PipelineRun {
  context: Omit<StageContext, 'signal'>;
  /** Aborted when the user wants to stop: no further stage starts. */
  interrupt: AbortSignal;
  /** No excuses: a stage without a check, or a test that lacks its server, fails. */
  isCi: boolean;
  nowMs: () => number;
}

/** Runs the stages in order, each under its own time limit. A failing stage does not stop the next: the sum is of all. */
export async function runPipeline(
  stages: readonly Stage[],
  { context, interrupt, isCi, nowMs }: PipelineRun,
): Promise<StageResult[]> {
  const results: StageResult[] = [];
  for (const stage of stages) {
    if (interrupt.aborted) break;
    const startedMs = nowMs();
    context.print(`\n${stage.name}`);
    const signal = AbortSignal.any([interrupt, AbortSignal.timeout(stage.timeLimitMs)]);
    const counts = await stage.run({ ...context, signal }).catch((error: unknown): Counts => {
      const message = error instanceof Error ? error.message : String(error);
      context.print(`  FAIL  ${message}`);
      context.noteFailure(`${stage.name}: ${message}`);
      return { passed: 0, failed: 1, skipped: 0 };
    });
    const result = isCi ? applyCiRules(stage, counts, context) : counts;
    results.push({ stage: stage.name, counts: result, tookMs: nowMs() - startedMs });
  }
  return results;
}

function applyCiRules(
  { name, hasServers, mayLackAll = false }: Stage,
  counts: Counts,
  { print, noteFailure }: PipelineRun['context'],
): Counts {
  const faults: string[] = [];
  const isExcused = mayLackAll && counts.skipped > 0;
  if (counts.passed + counts.failed === 0 && !isExcused) faults.push('nothing was checked');
  if (hasServers && counts.skipped > 0) faults.push(`${counts.skipped} tests were skipped, CI has every server`);
  for (const fault of faults) {
    print(`  FAIL  ${fault}`);
    noteFailure(`${name}: ${fault}`);
  }
  return sum([counts, { passed: 0, failed: faults.length, skipped: 0 }]);
}
