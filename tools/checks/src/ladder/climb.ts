import { type Counts, type RungResult, sum } from './counts.ts';
import type { Rung, Stage } from './rung.ts';

export interface Climb {
  stage: Omit<Stage, 'signal'>;
  /** Aborted when the user wants to stop: no further rung starts. */
  interrupt: AbortSignal;
  /** No excuses: a rung without a check, or a test that lacks its server, fails. */
  isCi: boolean;
  nowMs: () => number;
}

/** Runs the rungs in order, each under its own time limit. A failing rung does not stop the next: the sum is of all. */
export async function climb(rungs: readonly Rung[], { stage, interrupt, isCi, nowMs }: Climb): Promise<RungResult[]> {
  const results: RungResult[] = [];
  for (const rung of rungs) {
    if (interrupt.aborted) break;
    const startedMs = nowMs();
    stage.say(`\n${rung.name}`);
    const signal = AbortSignal.any([interrupt, AbortSignal.timeout(rung.timeLimitMs)]);
    const counts = await rung.run({ ...stage, signal }).catch((error: unknown): Counts => {
      stage.say(`  FAIL  ${error instanceof Error ? error.message : String(error)}`);
      return { passed: 0, failed: 1, skipped: 0 };
    });
    const judged = isCi ? judgeForCi(rung, counts, stage.say) : counts;
    results.push({ rung: rung.name, counts: judged, tookMs: nowMs() - startedMs });
  }
  return results;
}

function judgeForCi({ hasServers, mayLackAll = false }: Rung, counts: Counts, say: (line: string) => void): Counts {
  const faults: string[] = [];
  const isExcused = mayLackAll && counts.skipped > 0;
  if (counts.passed + counts.failed === 0 && !isExcused) faults.push('nothing was checked');
  if (hasServers && counts.skipped > 0) faults.push(`${counts.skipped} tests were skipped, CI has every server`);
  for (const fault of faults) say(`  FAIL  ${fault}`);
  return sum([counts, { passed: 0, failed: faults.length, skipped: 0 }]);
}
