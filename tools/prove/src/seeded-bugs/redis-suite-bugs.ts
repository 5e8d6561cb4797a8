import type { SuiteBug } from './suite-bug.ts';

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

/** What the state promises of a Redis that refuses, forgets, or whose clock is wrong. */
export const redisBugs: readonly SuiteBug[] = [...refusals, ...limits, ...clocks];
