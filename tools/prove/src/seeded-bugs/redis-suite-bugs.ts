import type { SuiteBug } from './suite-bug.ts';

const SPREAD = 'libs/state/src/layout/redis-spread-records';
const REDIS = 'libs/redis/src';
const STATE = 'libs/state/src';

/** What Redis refuses, and who is told. */
const refusals: readonly SuiteBug[] = [
  {
    name: 'line-for-each-refusal',
    description: 'each command that Redis refuses is a line of the log',
    patches: [
      {
        file: `${REDIS}/refusal-watch.ts`,
        find: '    if (this.#fault !== undefined) return;\n    this.#tell(fault);',
        replace: '    this.#tell(fault);',
      },
      { file: `${REDIS}/refusal-watch.ts`, find: 'if (isNew) log.warn(', replace: 'log.warn(' },
    ],
    detectedBy: {
      spec: 'libs/redis/test/refusals.integration.spec.ts',
      test: 'READONLY: nothing is done, each change is one line',
    },
  },
  {
    name: 'word-inside-is-refusal',
    description: 'a reply is taken for a refusal wherever the word of one stands in it, be it a key or a value',
    patches: [
      {
        file: `${REDIS}/faults.ts`,
        find: 'reply === each || reply.startsWith(`${each} `)',
        replace: 'reply.includes(each)',
      },
    ],
    detectedBy: { spec: `${REDIS}/faults.spec.ts`, test: 'ERR LOADING is not the first word' },
  },
  {
    name: 'refused-select-ignored',
    description: 'a connection goes on in database 0 where Redis refuses the one that it asks for',
    patches: [
      {
        file: `${REDIS}/handshake.ts`,
        find: "if (error.name !== 'ReplyError' || redis.status !== 'connect' || redis.stream !== socket) return reject(error);",
        replace: 'if (error) return reject(error);',
      },
    ],
    detectedBy: {
      spec: 'apps/api/test/refused-redis.integration.spec.ts',
      test: 'for a database that there is not, is never ready',
    },
  },
  {
    name: 'one-breaker-for-all',
    description: 'a primary of a cluster that hangs closes Redis for those whose keys others have',
    patches: [
      {
        file: `${REDIS}/cluster-link.ts`,
        find: 'const route = { node, breaker: newBreaker() };',
        replace: 'const route = { node, breaker: keylessBreaker };',
      },
    ],
    detectedBy: {
      spec: 'libs/state/test/many-servers-outage.integration.spec.ts',
      test: 'a primary of a cluster that hangs takes only its own with it',
    },
  },
];

/** What a rate limit counts. */
const limits: readonly SuiteBug[] = [
  {
    name: 'uncounted-head',
    description: 'HEAD of a route whose GET has an effect is answered before the limit of requests counts it',
    patches: [
      {
        file: 'apps/api/src/compose.ts',
        find: '      if (rateLimit !== undefined) installRateLimit(fastify, { limits, cookie: cookies, rateLimit });\n      installHeadWithoutEffect(fastify);\n',
        replace:
          '      installHeadWithoutEffect(fastify);\n      if (rateLimit !== undefined) installRateLimit(fastify, { limits, cookie: cookies, rateLimit });\n',
      },
    ],
    detectedBy: {
      spec: 'apps/api/test/limits.integration.spec.ts',
      test: 'counts whatever the answer is: HEAD of a route whose GET has an effect',
    },
  },
  {
    name: 'some-keys-taken',
    description: 'of several keys those are taken from that would allow it, although another one refuses',
    patches: [
      {
        file: `${STATE}/limits/take-limits.lua`,
        find: '  if allowed then\n',
        replace: '  if allowed or limit.wait == 0 then\n',
      },
    ],
    detectedBy: {
      spec: 'libs/state/test/limit-script.integration.spec.ts',
      test: 'answers what the algorithm answers, seed 7',
    },
  },
];

/** What must grow whatever Redis forgets, and end whatever its clock says. */
const clocks: readonly SuiteBug[] = [
  {
    name: 'fencing-by-count',
    description: 'fencing tokens are counted alone, so that they begin again where Redis has lost its last writes',
    patches: [{ file: `${STATE}/leases/take-lease.lua`, find: 'if token < now then', replace: 'if false then' }],
    detectedBy: {
      spec: 'libs/state/test/lease.integration.spec.ts',
      test: 'has tokens that grow also when Redis forgot the last one',
    },
  },
  {
    name: 'versions-by-count',
    description: 'versions of values are counted alone, so that one is given out again where Redis has lost a write',
    patches: [
      {
        file: `${STATE}/values/put-value.lua`,
        find: 'math.max(time[1] * 1000000 + time[2], last + 1)',
        replace: 'last + 1',
      },
    ],
    detectedBy: {
      spec: 'libs/state/test/value-versions.integration.spec.ts',
      test: 'are not given out again when a crash of Redis took the last writes along',
    },
  },
  {
    name: 'held-until-clock-returns',
    description: 'a lease that was taken before the clock was set back keeps everybody out until it is there again',
    patches: [
      { file: `${STATE}/leases/take-lease.lua`, find: 'if left < 0 or left > whole then', replace: 'if false then' },
    ],
    detectedBy: {
      spec: 'libs/state/test/clock-steps.integration.spec.ts',
      test: 'a lease keeps others out for its own lifetime',
    },
  },
];

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
    patches: [
      {
        file: `${SPREAD}.ts`,
        find: 'if (heldSinceMs === undefined) return reply;',
        replace: 'if (heldSinceMs === undefined || !wanted) return reply;',
      },
    ],
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

/** What the state promises of a Redis that refuses, forgets, or whose clock is wrong. */
export const redisBugs: readonly SuiteBug[] = [...refusals, ...limits, ...clocks, ...stores];
