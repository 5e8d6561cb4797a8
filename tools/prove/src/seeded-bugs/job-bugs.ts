import type { SeededBug } from './seeded-bug.ts';

const BULLMQ = 'libs/jobs/src/bullmq';

/** jobBugs are bugs that workers are known to be made with; each is what BullMQ does by itself. */
export const jobBugs: readonly SeededBug[] = [
  {
    name: 'shared-blame',
    description: 'all that ran on a worker that died is blamed for it, and fails after some deaths',
    app: 'worker',
    patches: [
      { file: `${BULLMQ}/consumer.ts`, find: 'const STALLED_MAX = 1_000_000;', replace: 'const STALLED_MAX = 3;' },
      {
        file: `${BULLMQ}/consumer.ts`,
        find: 'suspect = job.stalledCounter > 0',
        replace: 'suspect = job.stalledCounter < 0',
      },
    ],
    detectedBy: { scenario: 'poison-job', fault: /nothing else is.*sleep.*is failed/ },
  },
  {
    name: 'refused-is-failed',
    description: 'a result that Redis refuses is not held, and its job is run again or fails',
    app: 'worker',
    patches: [
      {
        file: `${BULLMQ}/patient-backend.ts`,
        find: "return SETTLES.has(command) ? refusals.untilTaken('settle', ask) : ask();",
        replace: 'return ask();',
      },
    ],
    detectedBy: { scenario: 'redis-refusals', fault: /every accepted job is done|begins twice/ },
  },
  {
    name: 'never-stalled',
    description: 'nobody looks for the jobs of a worker that died',
    app: 'worker',
    patches: [
      {
        file: `${BULLMQ}/patient-backend.ts`,
        find: 'return await moveStalledJobsToWait();',
        replace: 'return [];',
      },
    ],
    detectedBy: { scenario: 'kill-worker', fault: /every accepted job is done.*is active/ },
  },
  {
    name: 'newer-fails',
    description:
      'a worker fails jobs of a payload version that it does not know, in place of leaving them to a newer one',
    app: 'worker',
    patches: [
      {
        file: `${BULLMQ}/newer-jobs.ts`,
        find: 'if (version === undefined) return false;',
        replace: 'if (version !== 0) return false;',
      },
    ],
    detectedBy: {
      scenario: 'payload-version',
      fault: /every accepted job is done.*has version 2, this process knows 1/,
    },
  },
  {
    name: 'results-fill-memory',
    description: 'completed jobs are kept for their whole time, however little memory is left',
    app: 'worker',
    patches: [
      {
        file: `${BULLMQ}/sweep.ts`,
        find: 'const atMostMs = this.keepAtMostMs();',
        replace: 'const atMostMs = Infinity;',
      },
    ],
    detectedBy: { scenario: 'redis-full', fault: /healthz says ok|accepted again/ },
  },
];
