import { setTimeout as sleep } from 'node:timers/promises';
import { allCompleted } from '../checkers/jobs.ts';
import { bounded } from '../checkers/finding.ts';
import { until } from '../client/until.ts';
import type { FleetDriver } from '../driver/fleet-driver.ts';
import { type ToldJob, acceptAll, followJobs } from '../jobs/told-job.ts';
import { SHORT_VISIBILITY } from '../jobs/visibility.ts';
import { jobStarts } from '../jobs/worker-log.ts';
import type { Random } from '../load/random.ts';
import type { Scenario } from '../runner/scenario.ts';
import { toldJobs } from '../seeded-bugs/test-builds.ts';

const WORKERS = 4;
/** So many jobs come before each kill, to run in it. */
const PLAN = { kills: 50, each: 4 };
const QUICK = { kills: 10, each: 6 };
/** A job takes from the first to the sum of both. */
const JOB_MS = { least: 1_000, more: 4_000 };
/** Between two kills, at random up to that. */
const REST_MS = 1_500;
/** A worker that dies again and again is started again after 10 s at most. */
const ONE_READY_WITHIN_MS = 30_000;
/** What runs alone is delayed; of what is left nothing waits for a kill any more. */
const DONE_WITHIN_MS = 180_000;

export const killWorker: Scenario = {
  name: 'kill-worker',
  fault: 'kill -9 of a worker at random, 50 times over 200 jobs (quick: 10 times over 60); visibility 2 s',
  load: 'jobs that take 1 to 5 s, some before each kill',
  invariant: 'each accepted job is done, and its effect in Redis once',
  bound: 'all of them, none a dead letter; as many effects as jobs',
  engines: ['local'],
  tier: 'core',
  counts: { worker: WORKERS },
  testBuild: toldJobs,
  // Kills at random meet one job alone again and again, which is no fault of it.
  variables: { ...SHORT_VISIBILITY.variables, JOBS_DEATHS_MAX: '100' },
  run: async ({ driver, edge, random, isQuick, expect, note, nowMs }) => {
    const { kills, each } = isQuick ? QUICK : PLAN;
    const sinceMs = nowMs();
    const told = (): string => `sleep ${JOB_MS.least + random.below(JOB_MS.more)}`;
    const jobs: ToldJob[] = [];
    for (let killed = 0; killed < kills; killed += 1) {
      jobs.push(...(await acceptAll(edge, Array.from({ length: each }, told))));
      await sleep(random.below(REST_MS));
      await killOne(driver, random);
    }
    const killedMs = nowMs();
    const seen = await followJobs(edge, jobs, DONE_WITHIN_MS);

    expect(allCompleted(seen));
    const starts = await jobStarts(driver, sinceMs);
    const runs = [...Map.groupBy(starts, ({ jobId }) => jobId).values()].map(({ length }) => length);
    const [effects] = (await driver.redis('KEYS', '*:ledger:effect:told')) as readonly string[];
    const counted = effects === undefined ? 0 : Number(await driver.redis('GET', effects));
    expect(bounded('effects', counted, { least: jobs.length, most: jobs.length }));
    // A fault that meets nothing proves nothing.
    expect(bounded('jobs that a kill has met', runs.filter((times) => times > 1).length, { least: kills / 5 }));
    note(`${kills} kills in ${seconds(killedMs - sinceMs)}, over ${seconds(nowMs() - killedMs)} later`);
    note(`${starts.length} starts of ${jobs.length} jobs, one of them ${Math.max(...runs)} times`);
  },
};

/** Who is killed is one of those that run at that instant; a worker that has just been started may have died by itself. */
async function killOne(driver: FleetDriver, random: Random): Promise<void> {
  const ready = async () => {
    const live = await driver.ready('worker');
    return live.length > 0 && live;
  };
  const { value: live } = await until('a worker is ready', ready, ONE_READY_WITHIN_MS);
  await driver.kill(random.of(live));
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
