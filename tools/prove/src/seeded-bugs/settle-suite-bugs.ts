import type { SuiteBug } from './suite-bug.ts';

const BULLMQ = 'libs/jobs/src/bullmq';

/** What consumers of jobs say of ends, ids and faults. */
export const settleBugs: readonly SuiteBug[] = [
  {
    name: 'settled-by-halves',
    description:
      "BullMQ's own scripts do not ask for their permissions, and one that is denied leaves a job in no list",
    patches: [
      {
        file: `${BULLMQ}/connection.ts`,
        find: 'lua: checkedScript(endsAtRedisTime(definition.lua))',
        replace: 'lua: endsAtRedisTime(definition.lua)',
      },
    ],
    detectedBy: {
      spec: 'libs/jobs/test/permissions.integration.spec.ts',
      test: 'workers lose no job, run none twice and do no effect by halves without hincrby',
    },
  },
  {
    name: 'asked-for-ever',
    description: 'a worker takes whatever is thrown for a refusal, and asks again for what never comes',
    patches: [{ file: `${BULLMQ}/refusals.ts`, find: '|| !isTakenLater(error)) throw', replace: ') throw' }],
    detectedBy: { spec: `${BULLMQ}/refusals.spec.ts`, test: 'asks once where the error is an answer' },
  },
  {
    name: 'moved-is-lost',
    description: 'a job that was given back or cancelled is told as lost where the next one cannot be fetched',
    patches: [{ file: `${BULLMQ}/settle-end.ts`, find: 'if (isMoved(error)) {', replace: 'if (isMoved(undefined)) {' }],
    detectedBy: { spec: `${BULLMQ}/settle-end.spec.ts`, test: 'tells of a job that was moved before as what it is' },
  },
  {
    name: 'new-job-is-removed',
    description: 'a job whose id was removed before is taken for the removed one as soon as it is not there',
    patches: [{ file: `${BULLMQ}/claim-job.lua`, find: "redis.call('ZREM', removed_jobs, id)", replace: '' }],
    detectedBy: {
      spec: 'libs/jobs/test/retention.integration.spec.ts',
      test: 'forgets that an id was removed once it is another job',
    },
  },
  {
    name: 'token-without-bigint',
    description: 'an idempotency token beside a payload with a bigint is a TypeError',
    patches: [
      {
        file: 'libs/jobs/src/idempotency-token.ts',
        find: "if (typeof value === 'bigint') return `${value}n`;",
        replace: '',
      },
    ],
    detectedBy: { spec: 'libs/jobs/src/idempotency-token.spec.ts', test: 'tells whole numbers of any length' },
  },
  {
    name: 'degraded-until-fetched',
    description: 'a consumer whose connections were rebuilt is at fault until the next job comes, be it tomorrow',
    patches: [
      {
        file: `${BULLMQ}/flow.ts`,
        find: 'fetched !== before.fetched || (look.waiting === 0 &&',
        replace: 'fetched !== before.fetched || (false &&',
      },
    ],
    detectedBy: { spec: `${BULLMQ}/flow.spec.ts`, test: 'it has asked for a job, and none waits' },
  },
  {
    name: 'due-not-seen',
    description:
      'delayed jobs whose time has come do not wait for anybody, so that a connection which hands none of them out is never rebuilt',
    patches: [{ file: `${BULLMQ}/commands.ts`, find: 'first + second + due', replace: 'first + second + 0 * due' }],
    detectedBy: {
      spec: 'libs/jobs/test/takeable.integration.spec.ts',
      test: 'are delayed ones once their time has come',
    },
  },
  {
    name: 'asks-at-each-refusal',
    description: 'a consumer asks for a job again as soon as Redis has refused to give it one',
    patches: [
      {
        file: `${BULLMQ}/patient-backend.ts`,
        find: 'return noJobFor(refusals.backOffMs());',
        replace: 'throw error;',
      },
      {
        file: `${BULLMQ}/patient-backend.ts`,
        find: '        await refusals.pause();\n        // As if the time were over',
        replace: '        // As if the time were over',
      },
    ],
    detectedBy: {
      spec: 'libs/jobs/test/refused-writes.integration.spec.ts',
      test: 'a replica: neither connect nor ask nor log at each refusal',
    },
  },
  {
    name: 'closed-without-release',
    description: 'a worker that shuts down keeps the jobs that have not ended until their locks expire',
    patches: [{ file: `${BULLMQ}/consumer.ts`, find: "      running.stopAll('worker_shutdown');\n", replace: '' }],
    detectedBy: {
      spec: 'libs/jobs/test/shutdown.integration.spec.ts',
      test: 'finishes what it can and releases the rest to another worker at once',
    },
  },
  {
    name: 'progress-of-anybody',
    description: 'an attempt that has lost its job writes its progress over that of the one that has it',
    patches: [
      {
        file: `${BULLMQ}/report-progress.lua`,
        find: "redis.call('GET', KEYS[2]) ~= ARGV[2]",
        replace: 'false',
      },
    ],
    detectedBy: {
      spec: 'libs/jobs/test/locks.integration.spec.ts',
      test: 'is what progress and result are written with',
    },
  },
];
