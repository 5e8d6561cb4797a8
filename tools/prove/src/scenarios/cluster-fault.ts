import { SERVICE_NAMES } from '@nestfleet/contracts';
import { globalCount, sessionCounts } from '../checkers/counting.ts';
import { bounded } from '../checkers/finding.ts';
import { allCompleted } from '../checkers/jobs.ts';
import { noFailure } from '../checkers/outcomes.ts';
import { until } from '../client/until.ts';
import type { ClusterFaults } from '../driver/fleet-driver.ts';
import { startJobClient } from '../jobs/job-client.ts';
import { demoRequest, followJobs } from '../jobs/told-job.ts';
import { mixed } from '../load/requests.ts';
import type { RunningLoad } from '../load/workers.ts';
import type { Scenario, ScenarioContext } from '../runner/scenario.ts';
import { globalCountOf } from './global-count.ts';
import { untilRegistered } from './registered.ts';

const PER_SECOND = 100;
/** For a run that ends early. */
const JOBS_LIMIT_MS = 10 * 60_000;
const JOBS_DONE_WITHIN_MS = 60_000;
const LISTED_WITHIN_MS = 30_000;

export interface ClusterFault extends Pick<Scenario, 'name' | 'fault' | 'bound' | 'needs' | 'tier'> {
  readonly inject: (context: ScenarioContext, cluster: ClusterFaults, running: RunningLoad) => Promise<void>;
}

/** clusterFault is a scenario for a cluster alone: sessions, counters and jobs go on whatever the cluster does to pods. */
export const clusterFault = ({ inject, ...given }: ClusterFault): Scenario => ({
  ...given,
  load: 'requests of all kinds, over new and kept connections, and jobs',
  invariant: 'no request fails, no visit is lost or counted twice, each accepted job is done',
  engines: ['kubernetes'],
  run: async (context) => {
    const { driver, edge, rate, load, expect, note, nowMs } = context;
    if (driver.cluster === undefined) throw new Error(`${given.name} needs a cluster`);
    const before = await globalCountOf(edge);
    const running = await load({ perSecond: rate(PER_SECOND), mix: mixed });
    const client = startJobClient(edge, nowMs, { limitMs: JOBS_LIMIT_MS, request: (nth) => demoRequest(`job ${nth}`) });
    await until('requests', () => running.operations.length > 200, 20_000);
    await inject(context, driver.cluster, running);
    const { found } = await untilRegistered(driver, SERVICE_NAMES, LISTED_WITHIN_MS);
    const operations = await running.stop();
    const jobs = await followJobs(edge, await client.stop(), JOBS_DONE_WITHIN_MS);

    expect(noFailure(operations));
    expect(sessionCounts(operations));
    expect(globalCount(operations, before, (await globalCountOf(edge)) - 1));
    expect(found);
    expect(allCompleted(jobs));
    expect(bounded('enqueues that were refused', client.refused.length, { most: 0 }));
    const lost = operations.filter(({ outcome }) => outcome !== 'ok').length;
    note(`${operations.length} requests, ${lost} lost; ${jobs.length} jobs`);
  },
});
