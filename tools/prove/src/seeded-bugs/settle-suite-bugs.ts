import type { SuiteBug } from './suite-bug.ts';

const BULLMQ = 'libs/jobs/src/bullmq';

/** What consumers of jobs say of ends, ids and faults. */
export const settleBugs: readonly SuiteBug[] = [
  {
    name: 'settled-by-halves',
    description:
      "BullMQ's own scripts do not ask for their permissions, and one that is denied leaves a job in no list",
    patches: [
      { file: `${BULLMQ}/connection.ts`, find: 'lua: checkedScript(definition.lua)', replace: 'lua: definition.lua' },
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
];
