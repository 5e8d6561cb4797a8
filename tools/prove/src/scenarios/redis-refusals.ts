import { bounded } from '../checkers/finding.ts';
import { allCompleted, asCompleted, flowingAfterMs, linesPerSecond, noneTwiceWithin } from '../checkers/jobs.ts';
import { until } from '../client/until.ts';
import { acceptAll, enqueueTold, followJobs } from '../jobs/told-job.ts';
import { VISIBILITY_MS } from '../jobs/visibility.ts';
import { completedJobs, jobStarts, linesBesideWork } from '../jobs/worker-log.ts';
import { type InjectedFault, injectedFaults } from '../redis-faults/injected-faults.ts';
import type { Scenario, ScenarioContext } from '../runner/scenario.ts';
import { toldJobs } from '../seeded-bugs/test-builds.ts';

const JOBS = 60;
const JOB_MS = 400;
/** In the middle of them: some are done, ten run, and the others wait. */
const STARTED_BEFORE = 15;
const STARTED_WITHIN_MS = 15_000;
const FAULT_MS = { core: [3_000], all: [3_000, 10_000, 60_000] } as const;
const QUICK_ROWS = new Set(['READONLY', 'OOM', 'NOSCRIPT']);
const FLOWING_WITHIN_MS = 2_000;
const ACCEPTED_WITHIN_MS = 10_000;
/** Of what is left, ten at a time. A job whose result was not taken would come later: after the visibility. */
const DONE_WITHIN_MS = 20_000;
const LINES_PER_SECOND_MAX = 5;

export const redisRefusals: Scenario = {
  name: 'redis-refusals',
  fault:
    'each fault of the table of libs/redis that a server can be made to show, for 3 s (quick: three of them; all: for 10 s ' +
    'and 60 s too)',
  load: '60 jobs around each, and one behind it',
  invariant: 'all jobs are done, none is run again, the logs stay quiet, and jobs flow again without help',
  bound: 'all of them; none twice within 30 s; 5 lines a second of each process; flowing after 2 s',
  engines: ['local'],
  tier: 'core',
  testBuild: toldJobs,
  run: async (context) => {
    const { isQuick, isAll } = context;
    const faults = injectedFaults.filter(({ row }) => !isQuick || QUICK_ROWS.has(row));
    for (const forMs of isAll ? FAULT_MS.all : FAULT_MS.core)
      for (const fault of faults) await injectOne(context, fault, forMs);
  },
};

async function injectOne(context: ScenarioContext, fault: InjectedFault, forMs: number): Promise<void> {
  const { driver, edge, expect, note, nowMs } = context;
  const sinceMs = nowMs();
  const texts = Array.from({ length: JOBS }, (_none, n) => `sleep ${JOB_MS} ${fault.row} ${n}`);
  const jobs = await acceptAll(edge, texts);
  const started = async () => (await jobStarts(driver, sinceMs)).length >= STARTED_BEFORE;
  await until('jobs in the middle', started, STARTED_WITHIN_MS);
  const beginMs = nowMs();
  let healedMs = beginMs;
  try {
    await fault.inject(driver, forMs);
  } finally {
    healedMs = nowMs();
    await fault.undo?.(driver);
  }
  // A fault that stops nobody leaves none of the others.
  const last = async () => {
    const enqueued = await enqueueTold(edge, `sleep ${JOB_MS} ${fault.row} last`);
    return enqueued.kind === 'accepted' && enqueued.job;
  };
  const { value: oneMore } = await until('a job is accepted', last, ACCEPTED_WITHIN_MS);
  const followed = await followJobs(edge, [...jobs, oneMore], DONE_WITHIN_MS);
  // A full Redis keeps no completed job.
  const seen = asCompleted(followed, await completedJobs(driver));

  const starts = await jobStarts(driver, sinceMs);
  const lines = linesPerSecond(await linesBesideWork(driver, sinceMs), {
    fromMs: beginMs,
    toMs: healedMs + FLOWING_WITHIN_MS,
    most: LINES_PER_SECOND_MAX,
  });
  const flowingMs = flowingAfterMs(starts, healedMs);
  for (const found of [
    bounded('milliseconds that it lasted', healedMs - beginMs, { least: forMs / 2 }),
    allCompleted(seen),
    noneTwiceWithin(starts, VISIBILITY_MS),
    lines.found,
    bounded('milliseconds until jobs flow again', flowingMs, { most: FLOWING_WITHIN_MS }),
  ])
    expect({ ...found, claim: `${fault.row}: ${found.claim}` });
  const done = seen.filter(({ state }) => state === 'completed').length;
  note(
    `${fault.row} (${fault.by}) for ${seconds(healedMs - beginMs)}: ${done} of ${seen.length} done, ${starts.length} starts, ` +
      `${lines.highest.toFixed(1)} lines/s, flowing after ${Math.round(flowingMs)} ms`,
  );
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
