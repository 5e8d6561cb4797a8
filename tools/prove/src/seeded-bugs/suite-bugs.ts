import type { Patch } from './seeded-bug.ts';

/** SuiteBug is a seeded bug that the specs of a project have to find, each alone. */
export interface SuiteBug {
  readonly name: string;
  /** What is wrong with it. */
  readonly description: string;
  readonly patches: readonly Patch[];
  /** The spec, from the repository's root, and words of the name of a test in it that fails then. */
  readonly detectedBy: { readonly spec: string; readonly test: string };
}

const LB = 'libs/discovery/src/lb';
const PROXY = 'apps/frontend-gateway/src/proxy';

const heldUncounted: SuiteBug = {
  name: 'held-uncounted',
  description: 'a whole body counts for its client no more, although it is held for its retries',
  patches: [
    {
      file: `${PROXY}/request-buffer.ts`,
      find: '    this.hasEnded = true;\n',
      replace: '    this.hasEnded = true;\n    this.clients.release(this.address, this.length);\n',
    },
  ],
  detectedBy: { spec: `${PROXY}/request-buffer.spec.ts`, test: 'counts a whole body of 3000 bytes' },
};

const overload: readonly SuiteBug[] = [
  {
    name: 'oldest-first',
    description: 'a queue that stands is served in the order of arrival, so that who is served has given up',
    patches: [
      {
        file: 'libs/service/src/overload/admission-queue.ts',
        find: 'return this.overloaded || atMs - this.standingSinceMs >= this.options.intervalMs;',
        replace: 'return false;',
      },
    ],
    detectedBy: {
      spec: 'libs/service/src/overload/admission-queue.spec.ts',
      test: 'serves the newest first once the queue has stood',
    },
  },
  {
    name: 'work-for-nobody',
    description: 'a request that waits runs although its client has gone',
    patches: [
      {
        file: 'libs/service/src/overload/admission-queue.ts',
        find: '    this.take(place);\n    return true;',
        replace: '    return true;',
      },
    ],
    detectedBy: {
      spec: 'libs/service/src/overload/admission-queue.spec.ts',
      test: 'runs nothing for a client that has gone',
    },
  },
  {
    name: 'foreign-context',
    description: 'a request that waited runs with the budgets and traces of the one that made room for it',
    patches: [
      {
        file: 'libs/service/src/overload/admission.ts',
        find: 'this.inOwnContext(runInRequest, this.context, this.done);',
        replace: 'runInRequest(this.context, this.done);',
      },
    ],
    detectedBy: {
      spec: 'libs/service/src/overload/admission.spec.ts',
      test: 'runs a request in its own asynchronous context',
    },
  },
  {
    name: 'mark-ignored',
    description: 'the gateway takes the answer of a replica that is full for an error of it',
    patches: [
      {
        file: `${PROXY}/overloaded.ts`,
        find: "status === 503 && headers[OVERLOADED_HEADER] === 'true'",
        replace: "status === 503 && headers[OVERLOADED_HEADER] === 'never'",
      },
    ],
    detectedBy: { spec: `${PROXY}/overloaded.spec.ts`, test: 'is overloaded' },
  },
];

const retries: readonly SuiteBug[] = [
  {
    name: 'unsent-costs',
    description: 'an attempt that sent nothing uses the retry budget up',
    patches: [
      {
        file: `${PROXY}/retries.ts`,
        find: "reach === 'unsent' || needs !== undefined",
        replace: 'needs !== undefined',
      },
    ],
    detectedBy: {
      spec: `${PROXY}/retries.spec.ts`,
      test: 'asks nothing of the budget for a GET of which nothing was sent',
    },
  },
  {
    name: 'sent-twice',
    description: 'a request that was sent is sent again, whatever its retry policy',
    patches: [
      {
        file: `${PROXY}/retry-policy.ts`,
        find: "(attempt.reach === 'sent' && isIdempotent(attempt, routes))",
        replace: "attempt.reach === 'sent'",
      },
    ],
    detectedBy: {
      spec: `${PROXY}/retry-policy.spec.ts`,
      test: 'is true only of an idempotent request once it was sent',
    },
  },
];

const lastAttempt: SuiteBug = {
  name: 'last-attempt-cut',
  description: 'an attempt after which nobody is left to be asked ends as if somebody were',
  patches: [
    {
      file: `${LB}/call.ts`,
      find: 'counted + 1 === attemptsMax || !hasOther(tried)',
      replace: 'counted + 1 === attemptsMax',
    },
  ],
  detectedBy: { spec: `${LB}/call.spec.ts`, test: 'the only instance all that is left' },
};

const outliers: readonly SuiteBug[] = [
  {
    name: 'quick-failure-pays',
    description: 'a failure counts as an answer of its latency, so that who fails at once looks like the quickest',
    patches: [
      {
        file: `${LB}/outlier-detection.ts`,
        find: "else if (outcome !== 'unknown') member.latency.failed(nowMs - beganAtMs, nowMs);",
        replace: "else if (outcome !== 'unknown') member.latency.answered(nowMs - beganAtMs, nowMs);",
      },
    ],
    detectedBy: { spec: `${LB}/pool-traffic.spec.ts`, test: 'it gains nothing' },
  },
  {
    name: 'client-errors-eject',
    description: 'a 4xx counts as an error of the instance',
    patches: [{ file: `${LB}/outcome-of.ts`, find: 'status >= 500', replace: 'status >= 400' }],
    detectedBy: { spec: `${LB}/outcome-of.spec.ts`, test: 'of 404 is unsuccessful' },
  },
  {
    name: 'versions-compared',
    description: 'the success rate of one version is compared with that of another',
    patches: [
      {
        file: `${LB}/outlier-detection.ts`,
        find: 'Map.groupBy(used, ({ instance }) => instance.meta.version)',
        replace: "Map.groupBy(used, () => 'any')",
      },
    ],
    detectedBy: { spec: `${LB}/pool-success-rate.spec.ts`, test: 'is compared with those of its own version' },
  },
  {
    name: 'no-slow-start',
    description: 'an instance that comes beside others has its whole share at once',
    patches: [
      {
        file: `${LB}/traffic-share.ts`,
        find: 'isBusy ? slowStartWeight(member, nowMs) : 1',
        replace: 'isBusy ? Math.max(1, slowStartWeight(member, nowMs)) : 1',
      },
    ],
    detectedBy: { spec: `${LB}/traffic-share.spec.ts`, test: 'slow start' },
  },
];

const siblingsHeeded: SuiteBug = {
  name: 'full-siblings-heeded',
  description: 'Retry-After lowers shares although siblings send it too',
  patches: [
    {
      file: `${LB}/traffic-share.ts`,
      find: 'members.filter(isFull).length === 1',
      replace: 'members.filter(isFull).length < members.length',
    },
  ],
  detectedBy: { spec: `${LB}/traffic-share.spec.ts`, test: 'an instance that is full' },
};

const catalogs: readonly SuiteBug[] = [
  {
    name: 'watch-warns-each-time',
    description: 'a watch that fails warns at each of its attempts',
    patches: [
      {
        file: 'libs/discovery/src/catalog-hub.ts',
        find: 'error !== undefined && failingSinceMs === undefined',
        replace: 'error !== undefined',
      },
    ],
    detectedBy: {
      spec: 'libs/discovery/src/catalog-hub.spec.ts',
      test: 'warns once when its source begins to fail',
    },
  },
  {
    name: 'every-priority',
    description: 'targets of every priority are used at once',
    patches: [
      {
        file: 'libs/discovery/src/dns/lookup.ts',
        find: 'usable.filter(({ priority }) => priority === lowest)',
        replace: 'usable.filter(({ priority }) => priority >= lowest)',
      },
    ],
    detectedBy: { spec: 'libs/discovery/src/dns/lookup.spec.ts', test: 'takes the lowest priority alone' },
  },
  {
    name: 'later-epoch-stays',
    description: 'an entry of our own address stays where its epoch is of a clock that was ahead',
    patches: [
      {
        file: 'libs/discovery/src/registration/orphan.ts',
        find: 'reply.instanceId === own.id;\n  }\n  // Without a port',
        replace: 'false;\n  }\n  // Without a port',
      },
    ],
    detectedBy: {
      spec: 'libs/discovery/src/registration/orphan.spec.ts',
      test: 'one of a clock that was ahead, at our place',
    },
  },
];

/** What the contracts and the deploy files say of the edge proxies. */
const edgeProxies: readonly SuiteBug[] = [
  {
    name: 'traefik-repeats-visits',
    description: 'Traefik is told to send a visit again that was sent and not answered',
    patches: [
      {
        file: 'libs/discovery/src/registration/traefik-tags.ts',
        find: "kind === 'idempotent' ? RETRY.idempotent : RETRY.connectFailure",
        replace: "kind !== 'other' ? RETRY.idempotent : RETRY.connectFailure",
      },
    ],
    detectedBy: {
      spec: 'tools/checks/src/deploy/traefik-retry.spec.ts',
      test: 'is what the routes of every service allow',
    },
  },
];

/** What a page needs while gateways roll. */
const pages: readonly SuiteBug[] = [
  {
    name: 'first-peers-only',
    description: 'an asset of another build is looked for at the first peers alone',
    patches: [
      {
        file: 'apps/frontend-gateway/src/dashboard/peer-assets.ts',
        find: 'at < peers.length; at += PEERS.atOnce',
        replace: 'at < 1; at += PEERS.atOnce',
      },
    ],
    detectedBy: {
      spec: 'apps/frontend-gateway/src/dashboard/peer-assets.spec.ts',
      test: 'also where the last of many peers alone has them',
    },
  },
];

const SPREAD = 'libs/state/src/layout/redis-spread-records';

/** What Redis holds, and where. */
const stores: readonly SuiteBug[] = [
  {
    name: 'first-tags-only',
    description: 'whether writes are taken is asked at the first hash tags alone, so that some primaries are left out',
    patches: [
      { file: 'libs/redis/src/write-probe.ts', find: 'const TAGS_MAX = 200_000;', replace: 'const TAGS_MAX = 64;' },
    ],
    detectedBy: { spec: 'libs/redis/src/write-probe.spec.ts', test: 'goes to each of 100 primaries once' },
  },
  {
    name: 'layout-not-copied',
    description: 'what layout 2 lacks is taken for new, so that the counts of layout 1 are lost',
    patches: [{ file: `${SPREAD}.ts`, find: '    await copy(keys);\n', replace: '' }],
    detectedBy: { spec: `${SPREAD}.spec.ts`, test: 'copies what layout 2 lacks' },
  },
  {
    name: 'layout-not-followed',
    description: 'a replica that writes layout 1 does not ask whether layout 2 holds, so that two are counted apart',
    patches: [{ file: `${SPREAD}.ts`, find: `'moved')) return reply;`, replace: `'moved') || !wanted) return reply;` }],
    detectedBy: { spec: `${SPREAD}.spec.ts`, test: 'until that says that layout 2 holds' },
  },
  {
    name: 'newer-layout-read',
    description: 'a release gets ready over a store that a newer one has written in a layout that it cannot read',
    patches: [
      {
        file: 'libs/state/src/layout/redis-layout-version.ts',
        find: '  if (found <= LAYOUT_NEWEST) return;',
        replace: '  if (found > 0) return;',
      },
    ],
    detectedBy: { spec: 'libs/state/src/layout/redis-layout-version.spec.ts', test: 'refuses one that cannot be read' },
  },
];

/** What jobs promise of effects. */
const effects: readonly SuiteBug[] = [
  {
    name: 'released-job-taken-back',
    description: 'an effect that was asked for before its job was released takes the job out of the queue again',
    patches: [
      {
        file: 'libs/jobs/src/bullmq/run-once.ts',
        find: "if (reply.kind !== 'lost' || signal.aborted || !(await recheck())) return reply;",
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

/** What the outbox promises. */
const outbox: readonly SuiteBug[] = [
  {
    name: 'id-per-attempt',
    description: 'a message that is sent again has another id, so that its receiver takes it for a new one',
    patches: [
      {
        file: 'libs/outbox/src/deliver.ts',
        find: 'send({ ...about,',
        replace: 'send({ ...about, id: `${about.id}-${about.failures}`,',
      },
    ],
    detectedBy: {
      spec: 'libs/outbox/src/relay.spec.ts',
      test: 'sends again what could not be sent, under the same id',
    },
  },
  {
    name: 'lease-outlived',
    description: 'a relay that stood still sends rows that are another one’s meanwhile',
    patches: [
      {
        file: 'libs/outbox/src/deliver.ts',
        find: 'performance.now() + sendTimeoutMs > leaseEndsMs',
        replace: 'performance.now() > Infinity',
      },
    ],
    detectedBy: { spec: 'libs/outbox/src/deliver.spec.ts', test: 'sends nothing when the lease may end' },
  },
  {
    name: 'uncommitted-sent',
    description: 'the relay works on the connection of a transaction, and sends what has not been committed',
    patches: [
      {
        file: 'libs/outbox/src/sqlite/sqlite-outbox.ts',
        find: 'if (!db.isTransaction) return db;',
        replace: 'if (db.isOpen) return db;',
      },
    ],
    detectedBy: {
      spec: 'libs/outbox/src/sqlite/sqlite-outbox.spec.ts',
      test: 'gives a relay nothing on the connection of a transaction',
    },
  },
  {
    name: 'key-overtaken',
    description: 'a row is sent although the one before it of its key waits for its next attempt',
    patches: [
      {
        file: 'libs/outbox/src/sqlite/sqlite-outbox.ts',
        find: 'e.ordering_key = o.ordering_key AND e.sent_at IS NULL',
        replace: 'e.ordering_key = o.ordering_key AND e.sent_at IS NULL AND e.failures = 0',
      },
    ],
    detectedBy: { spec: 'libs/outbox/src/relay.spec.ts', test: 'keeps the order of a key over failures' },
  },
];

const JOBS = 'libs/jobs/src';

/** What a queue descriptor promises. */
const queueDescriptors: readonly SuiteBug[] = [
  {
    name: 'one-step-lifts-all',
    description: 'a payload of two versions ago is lifted by one step and taken for the newest',
    patches: [
      {
        file: `${JOBS}/envelope.ts`,
        find: 'for (let version = found; version !== known; version += 1) {',
        replace: 'for (let version = found; version !== known; version = known) {',
      },
    ],
    detectedBy: { spec: `${JOBS}/envelope.spec.ts`, test: 'is lifted step by step, then checked' },
  },
  {
    name: 'letters-for-bytes',
    description: 'a payload is measured in letters, so that some may be four times as long as is allowed',
    patches: [
      {
        file: `${JOBS}/envelope.ts`,
        find: "const bytes = Buffer.byteLength(text ?? '');",
        replace: "const bytes = (text ?? '').length;",
      },
    ],
    detectedBy: { spec: `${JOBS}/envelope.spec.ts`, test: 'refuses a payload that is too long' },
  },
  {
    name: 'limit-holds-slot',
    description: 'an attempt that has had its time is waited for as long as its handler goes on',
    patches: [
      {
        file: `${JOBS}/bullmq/running-job.ts`,
        find: "if (code !== 'lock_lost') this.stopped.resolve('stopped');",
        replace: "if (code === 'worker_shutdown') this.stopped.resolve('stopped');",
      },
    ],
    detectedBy: { spec: `${JOBS}/bullmq/running-job.spec.ts`, test: 'has failed by it, whatever the handler throws' },
  },
  {
    name: 'cancel-forgotten',
    description: 'a request to cancel a running job is not looked at when its attempt fails: it is tried again',
    patches: [
      {
        file: `${JOBS}/bullmq/cancelling.ts`,
        find: '!attempt.isCancelled && !(await this.isRequested(attempt.lease.bullId, log))',
        replace: '!attempt.isCancelled',
      },
    ],
    detectedBy: { spec: `${JOBS}/bullmq/cancelling.spec.ts`, test: 'ends a job that its worker has not been told of' },
  },
  {
    name: 'delay-unbounded',
    description: 'a delay may be so long that its time has no room in the order of the queue',
    patches: [
      {
        file: `${JOBS}/bullmq/order.ts`,
        find: 'isWhole(delayMs, 0, DELAY_MAX_MS)',
        replace: 'isWhole(delayMs, 0, Number.MAX_VALUE)',
      },
    ],
    detectedBy: { spec: `${JOBS}/bullmq/order.spec.ts`, test: 'takes no delay of 31536000001' },
  },
  {
    name: 'swept-once',
    description: 'jobs past their retention are looked for at the start of a worker alone',
    patches: [
      {
        file: `${JOBS}/bullmq/sweep.ts`,
        find: 'while (!signal.aborted) {',
        replace: 'for (let n = 0; n < 1; n += 1) {',
      },
    ],
    detectedBy: { spec: `${JOBS}/bullmq/sweep.spec.ts`, test: 'goes on until nothing is left' },
  },
  {
    name: 'handlers-unasked',
    description: 'a worker boots without a handler for one of its queues',
    patches: [
      {
        file: 'apps/worker/src/consumers.lifecycle.ts',
        find: '    this.jobs.requireHandlers();\n',
        replace: '',
      },
    ],
    detectedBy: {
      spec: 'apps/worker/src/consumers.lifecycle.spec.ts',
      test: 'does not start where a queue has no handler',
    },
  },
  {
    name: 'fault-ends-sweep',
    description: 'a refusal by Redis ends the removal of jobs past their retention for good',
    patches: [
      {
        file: `${JOBS}/bullmq/sweep.ts`,
        find: "      this.log.debug({ err: errorOf(error) }, 'ended jobs could not be removed');",
        replace: '      this.stop();',
      },
    ],
    detectedBy: { spec: `${JOBS}/bullmq/sweep.spec.ts`, test: 'goes on until nothing is left' },
  },
  {
    name: 'functions-left-out',
    description: 'a result with a function in it is kept without it',
    patches: [
      {
        file: `${JOBS}/json.ts`,
        find: 'return JSON.stringify(value, writable)',
        replace: 'return JSON.stringify(value)',
      },
    ],
    detectedBy: { spec: `${JOBS}/json.spec.ts`, test: 'says what is wrong with a function inside' },
  },
];

/** What a consumer of jobs owes to the others. */
const consumers: readonly SuiteBug[] = [
  {
    name: 'suspect-waits-for-ever',
    description: 'a job that has to run alone keeps its process from jobs for as long as others run',
    patches: [
      {
        file: `${JOBS}/bullmq/solo.ts`,
        find: 'within(promise, withinMs)',
        replace: 'within(promise, withinMs + 6_000)',
      },
    ],
    detectedBy: { spec: `${JOBS}/bullmq/solo.spec.ts`, test: 'keeps others from jobs for its time only' },
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
    name: 'watchdog-bites-busy',
    description: 'connections of a consumer that could take no job are rebuilt',
    patches: [{ file: `${JOBS}/bullmq/flow.ts`, find: '!look.ready || look.waiting', replace: 'look.waiting' }],
    detectedBy: { spec: `${JOBS}/bullmq/flow.spec.ts`, test: 'it is busy, paused or refused' },
  },
];

const CLAIM = 'libs/jobs/src/bullmq/claim-job.lua';
const TOKENS = 'libs/jobs/test/idempotency.integration.spec.ts';
const BOUNDS = 'libs/jobs/test/bounds.integration.spec.ts';
const KEYS_MEMORY = 'libs/state/test/idempotency-memory.integration.spec.ts';

/** What an enqueue and an idempotency key promise. */
const enqueues: readonly SuiteBug[] = [
  {
    name: 'job-is-its-record',
    description: 'an idempotency token is known for as long as its job is kept',
    patches: [{ file: CLAIM, find: 'local record = fingerprint', replace: 'local record = false and fingerprint' }],
    detectedBy: { spec: TOKENS, test: 'makes no second job when the first is' },
  },
  {
    name: 'record-before-job',
    description: 'the record of a token is written first, so that an insert that is refused half-way leaves it alone',
    patches: [
      { file: CLAIM, find: `insert()\nif fingerprint ~= '' then`, replace: `if fingerprint ~= '' then` },
      { file: CLAIM, find: `if args[2] == '1' then`, replace: `insert()\nif args[2] == '1' then` },
    ],
    detectedBy: { spec: TOKENS, test: 'leaves no record of what was refused half-way' },
  },
  {
    name: 'delayed-uncounted',
    description: 'jobs that are delayed are no part of the backlog',
    patches: [{ file: CLAIM, find: `redis.call('ZCARD', keys[7])`, replace: '0' }],
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
        find: 'const KEYS_UP_TO_SHARE = 0.75;',
        replace: 'const KEYS_UP_TO_SHARE = 2;',
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

export const suiteBugs: readonly SuiteBug[] = [
  heldUncounted,
  ...overload,
  ...retries,
  lastAttempt,
  ...outliers,
  siblingsHeeded,
  ...catalogs,
  ...edgeProxies,
  ...pages,
  ...stores,
  ...effects,
  ...outbox,
  ...queueDescriptors,
  ...consumers,
  ...enqueues,
];
