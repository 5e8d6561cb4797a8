import { defineQueue, openJobs } from '@nestfleet/jobs';
import { openState } from '@nestfleet/state';
import { until } from '@nestfleet/timing';
import { z } from 'zod';
import { enqueueReport, jobOf } from './first-requests.ts';
import { type LoadReport, startLoad } from './load.ts';
import type { RunningApp } from './running-app.ts';

/** Ends while the app shuts down, which gives jobs 3 s. */
const SHORT_JOB_MS = 1_500;
/** Does not. */
const LONG_JOB_MS = 600_000;
const ACTIVE_WITHIN_MS = 30_000;
const REQUESTS_BEFORE = 200;
/** Two of each client: soon enough for the drain delay of 3 s where the machine is busy, too. */
const REQUESTS_AFTER = 16;
const REQUESTS_WITHIN_MS = 30_000;
/** Far beyond what the shutdown takes: a bound of the test and none of the app. */
const END_WITHIN_MS = 60_000;

export interface TerminationReport extends LoadReport {
  /** Of the requests, sent behind SIGTERM. */
  readonly sentAfter: number;
  readonly end: number | NodeJS.Signals;
  readonly tookMs: number;
  /** What Redis says of the jobs that ran, once the process is gone. */
  readonly shortJob: string | undefined;
  readonly longJob: string | undefined;
  /** How often the requests were counted. */
  readonly counted: number;
}

/** Ends the app by SIGTERM while it answers requests and runs two jobs, of which one ends in time. */
export async function terminateUnderLoad(
  app: RunningApp,
  { redisUrl, namespace }: { redisUrl: string; namespace: string },
): Promise<TerminationReport> {
  const report = defineQueue({
    name: 'report',
    version: 1,
    payload: z.unknown(),
    result: z.unknown(),
    attempts: 3,
    backoffMs: 1_000,
    concurrency: 4,
  });
  const state = openState({ redisUrl, namespace });
  const jobs = openJobs({ redisUrl, namespace, queues: [report] });
  try {
    await Promise.all([state.ready(), jobs.ready()]);
    const countedBefore = await state.counters.read('visits');
    const [longJob, shortJob] = await startJobs(app);
    const load = startLoad(app.url);
    await until(() => load.sent() >= REQUESTS_BEFORE, REQUESTS_WITHIN_MS, {
      what: 'the load',
    });
    const sentBefore = load.sent();
    const ended = app.terminate(END_WITHIN_MS);
    await Promise.race([untilToldAway(app.url, () => load.sent() - sentBefore), ended]);
    const requests = await load.stop();
    const { end, tookMs } = await ended;
    const stateOf = async (id: string) => (await jobs.find(id))?.job.state;
    return {
      ...requests,
      sentAfter: requests.sent - sentBefore,
      end,
      tookMs,
      shortJob: await stateOf(shortJob),
      longJob: await stateOf(longJob),
      counted: (await state.counters.read('visits')) - countedBefore,
    };
  } finally {
    await Promise.all([jobs.close(), state.close()]);
  }
}

/** The one that ends in time is begun last. */
async function startJobs(app: RunningApp): Promise<[long: string, short: string]> {
  const long = await startJob(app, LONG_JOB_MS);
  return [long, await startJob(app, SHORT_JOB_MS)];
}

async function startJob(app: RunningApp, takesMs: number): Promise<string> {
  const id = await enqueueReport(app, takesMs);
  await until(async () => (await jobOf(app, id)).state === 'active', ACTIVE_WITHIN_MS, { what: 'the begin of a job' });
  return id;
}

/** As a load balancer that is slow to look: some requests behind SIGTERM are sent before it sees that a check fails. */
async function untilToldAway(url: string, sentAfter: () => number): Promise<void> {
  await until(() => sentAfter() >= REQUESTS_AFTER, END_WITHIN_MS, { what: 'load behind SIGTERM' });
  const isUnready = () =>
    fetch(`${url}/readyz`).then(
      ({ status }) => status !== 200,
      () => true,
    );
  await until(isUnready, END_WITHIN_MS, { everyMs: 100, what: 'the draining' });
}

/** @throws where something was lost */
export function checkTermination(seen: TerminationReport): string {
  const faults = [
    ...seen.lost.slice(0, 5).map((line) => `lost: ${line}`),
    ...(seen.sentAfter > 0 ? [] : ['no request was sent behind SIGTERM']),
    ...(seen.counted === seen.answered ? [] : [`${seen.answered} were answered, and ${seen.counted} counted`]),
    ...(seen.end === 0 ? [] : [`the process ended with ${seen.end}`]),
    ...(['completed', 'waiting'].includes(seen.shortJob ?? '') ? [] : [`the short job is ${seen.shortJob}`]),
    ...(seen.longJob === 'waiting' ? [] : [`the long job is ${seen.longJob}`]),
  ];
  const sum = `${seen.lost.length} of ${seen.sent} lost, ${seen.sentAfter} behind it`;
  if (faults.length > 0) throw new Error(`${sum}\n${faults.join('\n')}`);
  return `${sum}, jobs ${seen.shortJob} and ${seen.longJob}`;
}
