import type { SuiteBug } from './suite-bug.ts';

const JOBS = 'libs/jobs/src';

/** What jobs promise of effects. */
const effects: readonly SuiteBug[] = [
  {
    name: 'released-job-taken-back',
    description: 'an effect that was asked for before its job was released takes the job out of the queue again',
    patches: [
      {
        file: 'libs/jobs/src/bullmq/run-once.ts',
        find: "if (reply.kind !== 'lost' || isOver() || !(await recheck())) return reply;",
        replace: "if (reply.kind !== 'lost' || !(await recheck())) return reply;",
      },
    ],
    detectedBy: { spec: 'libs/jobs/src/bullmq/run-once.spec.ts', test: 'gives no lock back' },
  },
  {
    name: 'half-an-effect',
    description: 'an effect may write one key in two ways, so that its second write can fail after the first',
    patches: [
      {
        file: 'libs/jobs/src/effect-request.ts',
        find: 'if ((kinds.get(key) ?? kind) !== kind)',
        replace: 'if ((kinds.get(name) ?? kind) !== kind)',
      },
    ],
    detectedBy: { spec: 'libs/jobs/src/effect-request.spec.ts', test: 'a key that is written in two ways' },
  },
];

/** What a consumer of jobs owes to the others. */
const consumers: readonly SuiteBug[] = [
  {
    name: 'rejection-untold',
    description: 'what an asynchronous listener of a consumer rejects with is in no log',
    patches: [{ file: 'libs/jobs/src/bullmq/tell.ts', find: 'told.catch(failed)', replace: 'told.catch(() => {})' }],
    detectedBy: { spec: 'libs/jobs/src/bullmq/tell.spec.ts', test: 'a listener that rejects with' },
  },
  {
    name: 'suspect-beside-others',
    description: 'a job that has to run alone runs beside others once it has waited for them long enough',
    patches: [
      {
        file: `${JOBS}/bullmq/solo.ts`,
        find: "return 'late';",
        replace: "return 'alone';",
      },
    ],
    detectedBy: { spec: `${JOBS}/bullmq/solo.spec.ts`, test: 'says when its time is over' },
  },
  {
    name: 'suspect-starves',
    description: 'a job that has to run alone goes back to the queue for as long as others run longer than it waits',
    patches: [
      {
        file: `${JOBS}/bullmq/run-alone.ts`,
        find: '{ ...times, withinMs: Infinity }',
        replace: 'times',
      },
    ],
    detectedBy: { spec: `${JOBS}/bullmq/run-alone.spec.ts`, test: 'waits as long as the others take' },
  },
  {
    name: 'put-backs-uncounted',
    description: 'how often a job went back for another worker is not counted over workers',
    patches: [
      {
        file: `${JOBS}/bullmq/count-put-off.lua`,
        find: "redis.call('HINCRBY', KEYS[1], 'nf:put-offs', 1)",
        replace: "redis.call('HINCRBY', KEYS[1], 'nf:put-offs', 0)",
      },
    ],
    detectedBy: {
      spec: 'libs/jobs/test/starts-alone.integration.spec.ts',
      test: 'goes back for another worker as often',
    },
  },
  {
    name: 'start-alone-stays',
    description: 'a start alone whose end Redis refused once counts as a death',
    patches: [
      {
        file: `${JOBS}/bullmq/run-alone.ts`,
        find: "refusals.untilTaken('settle', () => scripts.endAlone(attempt.lease, how))",
        replace: 'scripts.endAlone(attempt.lease, how)',
      },
    ],
    detectedBy: { spec: `${JOBS}/bullmq/run-alone.spec.ts`, test: 'takes its start back as often as Redis refuses' },
  },
  {
    name: 'suspect-beside-deaf',
    description: 'a job that has to run alone runs beside a handler that goes on after its attempt',
    patches: [
      { file: `${JOBS}/bullmq/solo.ts`, find: "if (this.deaf.size > 0) return this.giveUp('deaf');", replace: '' },
    ],
    detectedBy: { spec: `${JOBS}/bullmq/solo.spec.ts`, test: 'while the handler of an attempt that is over goes on' },
  },
  {
    name: 'open-between-suspects',
    description: 'other queues take jobs between two suspects of one worker, which follow one after another',
    patches: [
      {
        file: `${JOBS}/bullmq/solo.ts`,
        find: '    this.holder = next?.attempt;\n',
        replace: '    this.holder = next?.attempt;\n    this.areAllClosed = false;\n',
      },
    ],
    detectedBy: { spec: `${JOBS}/bullmq/solo.spec.ts`, test: 'with no queue open in between' },
  },
  {
    name: 'others-before-end-noted',
    description: 'others run beside a job that runs alone from its end on, before its start is taken back',
    patches: [
      {
        file: `${JOBS}/bullmq/run-alone.ts`,
        find: '  await within(taken, times.begunWithinMs);\n',
        replace: '  void within(taken, times.begunWithinMs);\n',
      },
    ],
    detectedBy: { spec: `${JOBS}/bullmq/run-alone.spec.ts`, test: 'lets others run once its start is taken back' },
  },
  {
    name: 'retry-looks-current',
    description: 'an attempt of before a retry takes the job out of the queue again',
    patches: [
      { file: `${JOBS}/bullmq/retry-job.lua`, find: "redis.call('HINCRBY', KEYS[1], 'ats', 1)\n", replace: '' },
    ],
    detectedBy: { spec: 'libs/jobs/test/locks.integration.spec.ts', test: 'to an attempt of before a retry' },
  },
  {
    name: 'retried-again',
    description: 'a retry that is sent again puts a job back that has failed since',
    patches: [
      { file: `${JOBS}/bullmq/retry-job.lua`, find: "if ARGV[3] ~= '' and redis", replace: 'if false and redis' },
    ],
    detectedBy: {
      spec: 'libs/jobs/test/dead-letters.integration.spec.ts',
      test: 'is put back once for an idempotency token',
    },
  },
  {
    name: 'expired-retried',
    description: 'a retry puts a job back that is past its retention, because no worker has removed it yet',
    patches: [{ file: `${JOBS}/bullmq/retry-job.lua`, find: '> tonumber(ARGV[4]) then', replace: '> math.huge then' }],
    detectedBy: {
      spec: 'libs/jobs/test/retention.integration.spec.ts',
      test: 'is over on time also for a retry',
    },
  },
  {
    name: 'cursor-tells-ids',
    description: 'the cursor of dead letters says the id of the job that its page ended behind, be it of somebody else',
    patches: [
      {
        file: `${JOBS}/dead-letter-cursor.ts`,
        find: "createHash('sha256').update(id).digest('base64url').slice(0, MARK_CHARS);",
        replace: 'id.padEnd(MARK_CHARS).slice(0, MARK_CHARS);',
      },
    ],
    detectedBy: { spec: `${JOBS}/dead-letter-cursor.spec.ts`, test: 'of no job its id' },
  },
  {
    name: 'letters-of-one-time',
    description: 'a page of dead letters leaves out those of the time at which the page before it ended',
    patches: [
      {
        file: `${JOBS}/dead-letter-cursor.ts`,
        find: '  if (a.mark === b.mark) return 0;',
        replace: '  if (a.mark > b.mark) return 0;',
      },
    ],
    detectedBy: {
      spec: 'libs/jobs/test/dead-letters.integration.spec.ts',
      test: 'are listed a page at a time',
    },
  },
  {
    name: 'released-regained',
    description: 'a job that was released is taken back by the renewal of its lock',
    patches: [{ file: `${JOBS}/bullmq/lock-renewal.ts`, find: "if (attempt.givenUp) return 'taken';", replace: '' }],
    detectedBy: { spec: `${JOBS}/bullmq/lock-renewal.spec.ts`, test: 'leaves alone what was given up' },
  },
  {
    name: 'renewal-backs-off',
    description: 'locks are renewed a back-off later while Redis refuses, so that short ones expire',
    patches: [
      {
        file: `${JOBS}/bullmq/lock-renewal.ts`,
        find: 'Math.min(renewalMs, refusals.backOffMs())',
        replace: 'refusals.backOffMs()',
      },
    ],
    detectedBy: { spec: `${JOBS}/bullmq/lock-renewal.spec.ts`, test: 'is no slower while Redis refuses' },
  },
  {
    name: 'line-for-each-connect',
    description: 'each attempt to connect to a Redis that is busy is a line of the log',
    patches: [
      { file: `${JOBS}/bullmq/consumer.ts`, find: 'if (isRefusedConnect(error)) return', replace: 'if (false) return' },
    ],
    detectedBy: {
      spec: 'libs/jobs/test/refusals.integration.spec.ts',
      test: 'BUSY: lets no connection in',
    },
  },
  {
    name: 'watchdog-bites-busy',
    description: 'connections of a consumer that could take no job are rebuilt',
    patches: [{ file: `${JOBS}/bullmq/flow.ts`, find: '!look.ready || !look.waiting', replace: '!look.waiting' }],
    detectedBy: { spec: `${JOBS}/bullmq/flow.spec.ts`, test: 'it is busy, paused or refused' },
  },
];

const CLAIM = 'libs/jobs/src/bullmq/claim-job.lua';
const TOKENS = 'libs/jobs/test/idempotency.integration.spec.ts';
const BOUNDS = 'libs/jobs/test/bounds.integration.spec.ts';
const KEYS_MEMORY = 'libs/state/test/idempotency-memory.integration.spec.ts';

/** What an enqueue and an idempotency key promise. */
export const enqueueBugs: readonly SuiteBug[] = [
  {
    name: 'version-asked-once',
    description: 'a consumer whose question for the version is turned down never fetches again',
    patches: [
      {
        file: 'libs/jobs/src/bullmq/connection.ts',
        find: 'knownVersion(redis.retryingClient(SILENT_MS))',
        replace: 'redis.retryingClient(SILENT_MS)',
      },
    ],
    detectedBy: {
      spec: 'libs/jobs/test/refusals.integration.spec.ts',
      test: 'before its first fetch: fetches as soon as it may',
    },
  },
  {
    name: 'healthy-without-jobs',
    description: 'the api is well while each enqueue is refused, because it asks the connection of state alone',
    patches: [{ file: 'apps/api/src/compose.ts', find: '        () => jobs.checkWrites(),\n', replace: '' }],
    detectedBy: {
      spec: 'apps/api/test/refused-writes.integration.spec.ts',
      test: 'without the permission for lpush jobs alone are refused',
    },
  },
  {
    name: 'job-is-its-record',
    description: 'an idempotency token is known for as long as its job is kept',
    patches: [{ file: CLAIM, find: 'local record = has_token', replace: 'local record = false and has_token' }],
    detectedBy: { spec: TOKENS, test: 'makes no second job when the first is' },
  },
  {
    name: 'refusal-takes-key',
    description: 'another payload under a key whose answer was lost takes the key from the first one',
    patches: [
      { file: 'libs/state/src/idempotency-key/final-answer.ts', find: '415, 422, 423, 425', replace: '415, 423, 425' },
    ],
    detectedBy: { spec: 'libs/state/src/idempotency-key/final-answer.spec.ts', test: 'an answer of 422 is stored' },
  },
  {
    name: 'removed-id-free',
    description: 'a job that was removed before its time is made a second time under its own id',
    patches: [
      {
        file: CLAIM,
        find: 'if redis_now - tonumber(removed) < tonumber(keep_completed) then',
        replace: 'if false then',
      },
    ],
    detectedBy: { spec: 'libs/jobs/test/retention.integration.spec.ts', test: 'leaves its own id taken' },
  },
  {
    name: 'token-of-known-id',
    description: 'an idempotency token is not remembered where its own id was enqueued before',
    patches: [
      { file: CLAIM, find: "redis.pcall('SET', token, fingerprint .. ' ' .. id, 'PX', token_ttl)", replace: '' },
    ],
    detectedBy: { spec: TOKENS, test: 'is remembered also where its own id was enqueued before' },
  },
  {
    name: 'delayed-uncounted',
    description: 'jobs that are delayed are no part of the backlog',
    patches: [{ file: CLAIM, find: `redis.call('ZCARD', delayed)`, replace: '0' }],
    detectedBy: { spec: BOUNDS, test: 'a backlog as long as its queue allows' },
  },
  {
    name: 'no-room-for-workers',
    description: 'jobs are enqueued until Redis itself refuses them',
    patches: [
      {
        file: 'libs/jobs/src/bullmq/commands.ts',
        find: 'const ENQUEUE_UP_TO_SHARE = 0.85;',
        replace: 'const ENQUEUE_UP_TO_SHARE = 2;',
      },
    ],
    detectedBy: { spec: BOUNDS, test: 'memory: refused before Redis is full' },
  },
  {
    name: 'keys-fill-memory',
    description: 'idempotency keys are taken until Redis is full',
    patches: [
      {
        file: 'libs/state/src/idempotency/redis-idempotency.ts',
        find: 'RECORD_BYTES, SPARED_FROM_SHARE)',
        replace: 'RECORD_BYTES, 2)',
      },
    ],
    detectedBy: { spec: KEYS_MEMORY, test: 'is bounded: from three quarters of maxmemory' },
  },
  {
    name: 'unpacked-response',
    description: 'a stored response is one field, too long for the hash to be packed',
    patches: [
      { file: 'libs/state/src/idempotency/finish-idempotent.lua', find: 'ARGV[4], 63', replace: 'ARGV[4], 630' },
    ],
    detectedBy: { spec: KEYS_MEMORY, test: 'is at most 352 bytes for each' },
  },
  {
    name: 'grants-forgotten',
    description: 'what was granted since the last look at the memory does not count',
    patches: [{ file: 'libs/redis/src/memory-watch.ts', find: '    memory.grantedBytes = unlooked;\n', replace: '' }],
    detectedBy: { spec: 'libs/redis/src/memory-watch.spec.ts', test: 'counts what was granted until it is seen' },
  },
];

/** Of jobs and of the outbox. */
export const jobBugs: readonly SuiteBug[] = [...effects, ...consumers];
