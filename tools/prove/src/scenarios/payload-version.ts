import { setTimeout as sleep } from 'node:timers/promises';
import { bounded, finding } from '../checkers/finding.ts';
import { allCompleted, oneAttemptEach } from '../checkers/jobs.ts';
import { noFailure } from '../checkers/outcomes.ts';
import { startJobClient } from '../jobs/job-client.ts';
import { demoRequest, followJobs } from '../jobs/told-job.ts';
import { jobStarts } from '../jobs/worker-log.ts';
import { mixed } from '../load/requests.ts';
import type { Scenario } from '../runner/scenario.ts';
import { nextPayload, toldJobs } from '../seeded-bugs/test-builds.ts';

const OLDER = 1;
const NEWER = 2;
const PER_SECOND = 40;
/** Between two rolls: some jobs of each kind meet workers of the other. */
const CALM_MS = 3_000;
const LEAST_MET = 10;
const JOBS_LIMIT_MS = 300_000;
/** A newer job is offered to older workers again after a second, later where there are many: 100 a second. */
const DONE_WITHIN_MS = 30_000;

export const payloadVersion: Scenario = {
  name: 'payload-version',
  fault:
    'api, then workers are rolled to a release with another version of a payload, and back: at first newer jobs meet older ' +
    'workers, then older jobs newer ones',
  load: 'jobs, from replicas of both releases, beside requests of all kinds',
  invariant: 'each accepted job is done, newer ones wait for newer workers, older ones are lifted',
  bound: '0 refused, 0 failed, one attempt each',
  engines: ['local'],
  tier: 'core',
  counts: { api: 3, worker: 2 },
  testBuild: toldJobs,
  nextRelease: nextPayload,
  run: async ({ driver, edge, releases, rate, load, expect, note, nowMs }) => {
    if (!releases) throw new Error('there is no next release');
    const sinceMs = nowMs();
    const running = await load({ perSecond: rate(PER_SECOND), mix: mixed });
    const client = startJobClient(edge, nowMs, {
      limitMs: JOBS_LIMIT_MS,
      request: (n) => demoRequest(`sleep 100 ${n}`),
    });
    const rolled = async (service: 'api' | 'worker'): Promise<number> => {
      await driver.roll(service);
      const atMs = nowMs();
      await sleep(CALM_MS);
      return atMs;
    };
    await sleep(CALM_MS);
    releases.deploy('next');
    await rolled('api');
    const workersBeginMs = nowMs();
    const workersNewerMs = await rolled('worker');
    releases.deploy('own');
    await rolled('api');
    // Older workers alone would leave newer jobs for ever.
    const before = await followJobs(edge, [...client.acked], DONE_WITHIN_MS);
    const workersOlderBeginMs = nowMs();
    await rolled('worker');
    const all = await client.stop();
    const operations = await running.stop();
    const seen = [...before, ...(await followJobs(edge, all.slice(before.length), DONE_WITHIN_MS))];

    expect(finding('each enqueue is accepted', client.refused));
    expect(noFailure(operations));
    expect(allCompleted(seen));
    expect(oneAttemptEach(seen));
    // A roll that meets nothing proves nothing.
    const begun = new Map((await jobStarts(driver, sinceMs)).map(({ jobId, atMs }) => [jobId, atMs]));
    const ofVersion = (version: number) => seen.filter(({ payload_version }) => payload_version === version);
    const waited = ofVersion(NEWER).filter(({ ackedMs }) => ackedMs < workersBeginMs);
    const lifted = ofVersion(OLDER).filter(({ id }) => {
      const atMs = begun.get(id) ?? 0;
      return atMs > workersNewerMs && atMs < workersOlderBeginMs;
    });
    expect(bounded('newer jobs that met older workers alone', waited.length, { least: LEAST_MET }));
    expect(bounded('older jobs that a newer worker lifted', lifted.length, { least: LEAST_MET }));
    const longestMs = Math.max(...waited.map(({ id, ackedMs }) => (begun.get(id) ?? ackedMs) - ackedMs));
    const versions = `${ofVersion(OLDER).length} of version ${OLDER}, ${ofVersion(NEWER).length} of version ${NEWER}`;
    note(`${seen.length} jobs, ${versions}; ${operations.length} requests`);
    note(`${waited.length} newer jobs waited, ${seconds(longestMs)} at most; ${lifted.length} older ones were lifted`);
  },
};

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
