import { onlyPoisonDies } from '../checkers/jobs.ts';
import { bounded } from '../checkers/finding.ts';
import { acceptAll, followJobs } from '../jobs/told-job.ts';
import { SHORT_VISIBILITY } from '../jobs/visibility.ts';
import { jobStarts } from '../jobs/worker-log.ts';
import type { Scenario } from '../runner/scenario.ts';
import { toldJobs } from '../seeded-bugs/test-builds.ts';

const INNOCENT = 9;
/** Longer than the poison takes, so that it meets all of them. */
const INNOCENT_MS = 2_000;
/** Beside the nine, and three times alone. */
const DEATHS = 4;
/** Each death costs 1.5 of the visibility and a start of the worker; those beside it then run one at a time. */
const OVER_WITHIN_MS = 120_000;
const isPoison = (text: string): boolean => text.startsWith('poison');

export const poisonJob: Scenario = {
  name: 'poison-job',
  fault: 'one job that kills its worker each time it begins, among nine that do not',
  load: 'ten jobs at once',
  invariant: 'the nine are done, and the one is a dead letter',
  bound: 'nine done, one dead letter, four deaths',
  engines: ['local'],
  tier: 'core',
  testBuild: toldJobs,
  variables: SHORT_VISIBILITY.variables,
  run: async ({ driver, edge, expect, note, nowMs }) => {
    const sinceMs = nowMs();
    const texts = Array.from({ length: INNOCENT }, (_none, n) => `sleep ${INNOCENT_MS} ${n}`);
    const jobs = await acceptAll(edge, [...texts, 'poison']);
    const seen = await followJobs(edge, jobs, OVER_WITHIN_MS);
    const tookMs = nowMs() - sinceMs;

    expect(onlyPoisonDies(seen, isPoison));
    const starts = await jobStarts(driver, sinceMs);
    const poison = seen.find(({ text }) => isPoison(text))?.id;
    const deaths = starts.filter(({ jobId }) => jobId === poison).length;
    expect(bounded('workers that died with it', deaths, { least: DEATHS, most: DEATHS }));
    note(`${deaths} workers died, ${starts.length - deaths} starts of the nine, over after ${seconds(tookMs)}`);
  },
};

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
