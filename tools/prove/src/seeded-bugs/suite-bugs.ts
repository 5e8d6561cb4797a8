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
  ...enqueues,
];
