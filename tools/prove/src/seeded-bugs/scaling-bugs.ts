import type { SuiteBug } from './suite-bug.ts';

const METRICS = 'apps/api/src/jobs/queue-metrics.ts';
const METRICS_SPEC = 'apps/api/src/jobs/queue-metrics.spec.ts';
const BACKLOG_SPEC = 'libs/jobs/test/backlog.integration.spec.ts';

/** What an autoscaler is told. */
export const scalingBugs: readonly SuiteBug[] = [
  {
    name: 'unknown-is-none',
    description: 'a queue that Redis does not tell of needs no workers, so that they are taken away in an outage',
    patches: [
      {
        file: METRICS,
        find: 'await jobs.backlog(queue).catch(() => undefined)',
        replace: 'await jobs.backlog(queue).catch(() => ({ takeable: 0, active: 0, waitsSinceMs: undefined }))',
      },
    ],
    detectedBy: { spec: METRICS_SPEC, test: 'has no figure of a queue that Redis does not tell' },
  },
  {
    name: 'unknown-beside-known',
    description: 'the queue that Redis does not tell of is left out of the maximum, as if it needed no workers',
    patches: [{ file: METRICS, find: 'if (isWhole && ', replace: 'if (isWhole && found.length > 99 && ' }],
    detectedBy: { spec: METRICS_SPEC, test: 'has no workers of any queue while it does not know one' },
  },
  {
    name: 'last-figure-stays',
    description: 'a figure of a queue stays what it was before Redis became unreachable',
    patches: [{ file: METRICS, find: '        made.reset();\n', replace: '' }],
    detectedBy: { spec: METRICS_SPEC, test: 'also where it told one before' },
  },
  {
    name: 'read-by-each-scrape',
    description: 'scrapes that come together read the queues each for itself',
    patches: [{ file: METRICS, find: 'this.reading ??= Promise.all(', replace: 'this.reading = Promise.all(' }],
    detectedBy: { spec: METRICS_SPEC, test: 'reads each queue once for scrapes that come together' },
  },
  {
    name: 'running-jobs-unwanted',
    description: 'a worker whose jobs run is not wanted once none waits',
    patches: [
      {
        file: 'libs/jobs/src/backlog.ts',
        find: 'Math.ceil((takeable + active) / concurrency)',
        replace: 'Math.ceil(takeable / concurrency) + 0 * active',
      },
    ],
    detectedBy: { spec: 'libs/jobs/src/backlog.spec.ts', test: 'what runs keeps its worker' },
  },
  {
    name: 'due-jobs-unseen',
    description: 'a delayed job whose time has come needs no worker, so that none is started for it',
    patches: [
      {
        file: 'libs/jobs/src/bullmq/commands.ts',
        find: 'waiting: first + second + due,',
        replace: 'waiting: first + second + 0 * due,',
      },
    ],
    detectedBy: { spec: BACKLOG_SPEC, test: 'delayed ones once their time has come' },
  },
  {
    name: 'tomorrow-waits',
    description: 'a job that is delayed counts as waiting since before its time',
    patches: [
      {
        file: 'libs/jobs/src/bullmq/backlogs.ts',
        find: 'isPaused || waiting === 0 || sinceMs.length === 0 ?',
        replace: 'headsSinceMs.length === 0 ?',
      },
      { file: 'libs/jobs/src/bullmq/backlogs.ts', find: 'Math.min(...sinceMs)', replace: 'Math.min(...headsSinceMs)' },
    ],
    detectedBy: { spec: BACKLOG_SPEC, test: 'waits for nothing where all is delayed' },
  },
  {
    name: 'limited-needs-nobody',
    description: 'a queue whose rate is limited has no work for anybody, so that its last worker is taken away',
    patches: [
      {
        file: 'libs/jobs/src/bullmq/backlogs.ts',
        find: 'isPaused ? 0 : Math.min(waiting, Math.max(0, concurrency - active))',
        replace: 'await commands.takeable(keys)',
      },
    ],
    detectedBy: { spec: BACKLOG_SPEC, test: 'is what a concurrency over all workers lets run' },
  },
  {
    name: 'overtaken-unseen',
    description: 'jobs of a low priority may wait for ever behind urgent ones, and nobody is told',
    patches: [
      {
        file: 'libs/jobs/src/bullmq/commands.ts',
        find: 'new Set([first, second, third])',
        replace: 'new Set([first, second, third].slice(0, 2))',
      },
    ],
    detectedBy: { spec: BACKLOG_SPEC, test: 'waits as long as the next of the least urgent' },
  },
];
