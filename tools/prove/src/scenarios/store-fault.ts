import { setTimeout as sleep } from 'node:timers/promises';
import { globalCount, sessionCounts } from '../checkers/counting.ts';
import { bounded } from '../checkers/finding.ts';
import { jobLossWithin } from '../checkers/jobs.ts';
import { sentWithin } from '../checkers/outcomes.ts';
import { recoversWithin, recoveryMs } from '../checkers/recovery.ts';
import { refusedWell } from '../checkers/refusals.ts';
import { lossWithin } from '../checkers/store-loss.ts';
import { until } from '../client/until.ts';
import { startJobClient } from '../jobs/job-client.ts';
import { type JobRequest, demoRequest, flakyRequest, followJobs } from '../jobs/told-job.ts';
import type { Operation } from '../load/operation.ts';
import { type Mix, firstVisit, listValues, visit } from '../load/requests.ts';
import type { Scenario, ScenarioContext } from '../runner/scenario.ts';
import { globalCountOf } from './global-count.ts';

const mix: Mix = [
  [visit, 6],
  [firstVisit, 1],
  [listValues, 1],
];
const PER_SECOND = 150;
/** A worker that lost the answer to its lock has its job again after 1.5 of the visibility. */
const JOBS_DONE_WITHIN_MS = 60_000;
/** On each side of the fault. */
const LEAST_JOBS = 5;
/** Some that are older than what may be lost. */
const JOBS_BEFORE_MS = 3_000;
/** For a run that ends early. */
const JOBS_LIMIT_MS = 120_000;

const jobRequest = (nth: number): JobRequest => (nth % 2 === 0 ? demoRequest : flakyRequest)(`job ${nth}`);

/** When a store took no writes, on the clock of the history. */
export interface Outage {
  readonly orderedMs: number;
  /** It was surely gone. */
  readonly downMs: number;
  /** It was surely not yet back. */
  readonly upMs: number;
  /** It takes writes again. */
  readonly backMs: number;
}

export interface StoreFault extends Pick<
  Scenario,
  'name' | 'fault' | 'engines' | 'needs' | 'tier' | 'fsync' | 'isBehindSentinels' | 'isInTwoNetworks' | 'obstacle'
> {
  /** Nothing that was acknowledged may be lost. */
  readonly isStrict: boolean;
  /** How long before the fault it may have been acknowledged where it may. */
  readonly lostWithinMs: number;
  /** It is down for at least so long. */
  readonly leastDownMs: number;
  readonly recoveredWithinMs: number;
  readonly watchedMs: number;
  /** What the time until all is good again is counted from, for the table. */
  readonly after: string;
  /** What must hold at the end, of what was done. */
  readonly afterwards?: (context: ScenarioContext) => Promise<void>;
  /** Returns when the store takes writes again. */
  readonly inject: (context: ScenarioContext) => Promise<Outage>;
}

/** storeFault is a scenario in which the store takes no writes for a while, and may have lost the last ones. */
export const storeFault = ({
  isStrict,
  lostWithinMs,
  leastDownMs,
  recoveredWithinMs,
  watchedMs,
  after,
  afterwards,
  inject,
  ...given
}: StoreFault): Scenario => ({
  ...given,
  load: 'visits of 8 sessions and of new ones, and jobs of one attempt and of three',
  invariant: isStrict
    ? 'nothing acknowledged is lost, nothing is counted twice, in each session and in all'
    : 'only what was acknowledged just before is lost, and it is counted',
  bound: isStrict ? 'acked ≤ final ≤ acked + unknown' : `nothing lost that is older than ${lostWithinMs / 1_000} s`,
  run: async (context) => {
    const { edge, rate, load, expect, note, nowMs } = context;
    const before = await globalCountOf(edge);
    const running = await load({ perSecond: rate(PER_SECOND), mix });
    await until('requests', () => running.operations.length > 600, 20_000);
    const client = startJobClient(edge, nowMs, { limitMs: JOBS_LIMIT_MS, request: jobRequest });
    await sleep(JOBS_BEFORE_MS);
    const { orderedMs, downMs, upMs, backMs } = await inject(context);
    await sleep(watchedMs);
    const operations = await running.stop();
    const jobs = await followJobs(edge, await client.stop(), JOBS_DONE_WITHIN_MS);
    await afterwards?.(context);

    const down = sentWithin(operations, downMs, upMs).length;
    const least = (rate(PER_SECOND) * Math.min(leastDownMs, upMs - downMs)) / 3_000;
    expect(bounded('requests that were sent while it was down', down, { least }));
    const met = sentWithin(operations, orderedMs, backMs);
    expect(refusedWell(met));
    if (leastDownMs > 0) expect(bounded('requests that met it', met.filter(isRefused).length, { least: 1 }));
    expect(recoversWithin(operations, backMs, recoveredWithinMs));
    const loss = lossWithin(operations, { downMs, upMs, windowMs: lostWithinMs });
    expect(loss.found);
    if (isStrict) {
      expect(sessionCounts(operations));
      expect(globalCount(operations, before, (await globalCountOf(edge)) - 1));
    }
    const count = (outcome: string): number => operations.filter((each) => each.outcome === outcome).length;
    const jobLoss = jobLossWithin(jobs, { crashMs: loss.crashMs, downMs, windowMs: lostWithinMs });
    expect(jobLoss.found);
    if (isStrict) expect(bounded('jobs that are lost', jobLoss.lost, { most: 0 }));
    // A queue that takes nothing any more would lose nothing.
    const acceptedWithin = (fromMs: number, toMs: number): number =>
      jobs.filter(({ ackedMs }) => ackedMs >= fromMs && ackedMs < toMs).length;
    expect(bounded('jobs that were accepted before it', acceptedWithin(0, orderedMs), { least: LEAST_JOBS }));
    expect(bounded('jobs that were accepted after it', acceptedWithin(backMs, Infinity), { least: LEAST_JOBS }));
    note(`lost: ${loss.inSessions} visits of sessions, ${loss.inAll} of all, ${jobLoss.lost} of ${jobs.length} jobs`);
    note(`${operations.length} requests: ${count('ok')} done, ${count('fail')} refused, ${count('unknown')} unknown`);
    note(`all good again ${Math.round(recoveryMs(operations, backMs) ?? Number.NaN)} ms after ${after}`);
  },
});

const isRefused = ({ outcome }: Operation): boolean => outcome !== 'ok';
